import os
import subprocess
import sys
import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import whole_file
from gazehub.files.provenance import COMMENT
from gazehub.video.clips import write_clip
from gazehub.video.orientation import Way
from gazehub.video.overlap import ahead
from gazehub.video.planes import Colours, repaint
from gazehub.video.reader import Copied, Picture, VideoError, open_video
from gazehub.video.rewrite import rewrite_video
from tests.videos import (
    VARIED_TIMES,
    decoded,
    make_video,
    moving,
    packets,
    planes,
    sound_only,
    times,
)

LOSSLESS = dict(codec="ffv1")
FULL_601 = Colours(matrix=6, range=2, primaries=2, transfer=2, height=480)


def same(picture, seconds):
    return picture


def darker(picture, seconds):
    """A square of 9 x 9 pixels, off the grid of the colour planes, turned dark and reddish."""
    picture = picture.copy()
    picture[11:20, 13:22] = picture[11:20, 13:22] // 2 + np.array([30, 0, 0], np.uint8)
    return picture


def rewrite(source, target, transform=same, start=0.0, end=None, **options):
    with open_video(source, start, end) as video, whole_file(target) as part:
        return rewrite_video(video, part, lambda *picture: picture, lambda seen: transform(*seen), **options)


def pictures(source, start=0.0, end=None):
    with open_video(source, start, end) as video:
        return [item for item in video.items if isinstance(item, Picture)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# planes


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("span", [1, 2])
def test_a_change_in_rgb_arrives_in_the_planes(tmp_path, matrix, span):
    """What is read again after the change is what was asked for: both ways use one matrix and one range."""
    before = np.full((1, 48, 64, 3), (170, 120, 90), np.uint8)
    source = make_video(tmp_path / "in.mkv", before, (0,), tags=(matrix, span, 2, 2), **LOSSLESS)
    wanted = np.array([60, 110, 150])

    def paint(picture, seconds):
        picture = picture.copy()
        picture[16:32, 16:32] = wanted
        return picture

    (picture,) = pictures(source)
    colours = Colours(matrix, span, 2, 2, 48)
    painted = repaint(picture.planes, picture.rgb, paint(picture.rgb, 0), colours)
    again = av.VideoFrame(64, 48, "yuv420p")
    for plane, pixels in zip(again.planes, painted):
        room = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        room[: pixels.shape[0], : pixels.shape[1]] = pixels
    space = {6: 5}.get(matrix, matrix)
    rgb = again.reformat(format="rgb24", src_colorspace=space, src_color_range=span).to_ndarray().astype(int)
    assert np.abs(rgb[16:32, 16:32] - wanted).max() <= 3
    assert np.array_equal(rgb[:16], picture.rgb[:16])


def test_white_is_white_in_both_ranges(tmp_path):
    white = np.full((1, 48, 64, 3), 255, np.uint8)
    for span, name in ((1, "limited.mkv"), (2, "full.mkv")):
        (picture,) = pictures(make_video(tmp_path / name, white, (0,), tags=(1, span, 2, 2), **LOSSLESS))
        brightness = picture.planes[0][0, 0]
        expected = brightness if span == 2 else (int(brightness) - 16) * 255 / 219
        assert picture.rgb[0, 0] == pytest.approx([expected] * 3, abs=1)


@pytest.mark.parametrize("size", [(48, 64), (47, 63), (17, 16)])
def test_planes_stay_bit_for_bit_where_rgb_does(size):
    random = np.random.default_rng(1)
    height, width = size
    half = (height + 1) // 2, (width + 1) // 2
    own = tuple(random.integers(0, 256, shape, np.uint8) for shape in (size, half, half))
    before = random.integers(0, 256, (*size, 3), np.uint8)
    after = before.copy()
    after[5:10, 3:] = 255 - after[5:10, 3:]
    after[height - 1, width - 1] ^= 128

    new = repaint(own, before, after, FULL_601)

    touched = (before != after).any(axis=-1)
    assert np.array_equal(new[0][~touched], own[0][~touched])
    blocks = np.zeros((2 * half[0], 2 * half[1]), bool)
    blocks[:height, :width] = touched
    blocks = blocks.reshape(half[0], 2, half[1], 2).any(axis=(1, 3))
    for old, plane in zip(own[1:], new[1:]):
        assert np.array_equal(plane[~blocks], old[~blocks])
    gray = after.astype(float) @ [0.299, 0.587, 0.114] - before.astype(float) @ [0.299, 0.587, 0.114]
    expected = np.clip(own[0] + gray, 0, 255)
    assert np.abs(new[0] - expected).max() <= 0.51
    assert repaint(own, before, before.copy(), FULL_601) is own


# pictures


def test_pictures_are_read_as_they_were_decoded(tmp_path):
    source = make_video(tmp_path / "in.mkv", **LOSSLESS)
    read, expected = pictures(source), decoded(source)
    assert len(read) == len(expected) == 12
    for picture, frame in zip(read, expected):
        for plane, other in zip(picture.planes, planes(frame)):
            assert np.array_equal(plane, other)


def test_only_the_change_reaches_the_encoder(tmp_path):
    source = make_video(tmp_path / "in.mp4", moving(12, 128, 96))
    rewrite(source, tmp_path / "same.mp4", crf=1)
    rewrite(source, tmp_path / "out.mp4", darker, crf=1)
    for old, kept, new in zip(decoded(source), decoded(tmp_path / "same.mp4"), decoded(tmp_path / "out.mp4")):
        old, kept, new = (planes(frame)[0].astype(int) for frame in (old, kept, new))
        assert np.abs(kept - old).mean() < 1 and np.abs(new - old)[40:].mean() < 1
        assert (old - new)[12:19, 14:21].mean() > 20


@pytest.mark.parametrize("suffix, codec", [(".mp4", "h264"), (".mov", "h264"), (".mkv", "h264"), (".webm", "vp9")])
def test_every_picture_keeps_its_time(tmp_path, suffix, codec):
    source = make_video(tmp_path / "in.mp4", times=VARIED_TIMES)
    seconds = []
    target = tmp_path / f"out{suffix}"
    assert rewrite(source, target, lambda picture, at: seconds.append(at) or picture) == len(VARIED_TIMES)
    assert times(target) == list(VARIED_TIMES)
    assert [round(1000 * second) for second in seconds] == list(VARIED_TIMES)
    with av.open(str(target)) as container:
        assert container.streams.video[0].codec_context.codec.canonical_name == codec
        assert container.metadata.get("comment", container.metadata.get("COMMENT")) == COMMENT
    assert names(tmp_path) == ["in.mp4", target.name]


def test_the_index_of_an_mp4_comes_first(tmp_path):
    rewrite(make_video(tmp_path / "in.mp4"), tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_rotation_tag_is_honoured(tmp_path, rotation, suffix):
    source = make_video(tmp_path / f"in{suffix}", moving(12, 64, 48), rotation=rotation, aspect=Fraction(4, 3))
    (frame, *_), (picture, *_) = decoded(source), pictures(source)
    upright = np.rot90(planes(frame)[0], rotation // 90)
    assert np.array_equal(picture.planes[0], upright)

    rewrite(source, tmp_path / "out.mp4", crf=1)
    new = decoded(tmp_path / "out.mp4")[0]
    assert new.rotation == 0
    assert np.abs(planes(new)[0].astype(int) - upright).mean() < 1
    with av.open(str(tmp_path / "out.mp4")) as container:
        turned = rotation % 180 != 0
        assert container.streams.video[0].sample_aspect_ratio == (Fraction(3, 4) if turned else Fraction(4, 3))


def test_mirrored_ways_are_those_of_the_matrix():
    corner = np.array([[1, 0], [0, 0]])
    assert Way(left_right=True).upright(corner).tolist() == [[0, 1], [0, 0]]
    assert Way(upside_down=True).upright(corner).tolist() == [[0, 0], [1, 0]]
    assert Way(turned=True).upright(np.array([[0, 1], [0, 0]])).tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (6, 1, 6, 6), (6, 2, 5, 1), (2, 0, 2, 2)])
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colour_tags_are_kept(tmp_path, tags, suffix):
    source = make_video(tmp_path / "in.mp4", tags=tags)
    rewrite(source, tmp_path / f"out{suffix}")
    for path in (source, tmp_path / f"out{suffix}"):
        frame = decoded(path)[0]
        found = frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc
        if suffix == ".mp4" or tags[1]:
            assert found[0] == tags[0] and (found[1] or 1) == (tags[1] or 1)
        if suffix == ".mp4":
            assert found[2:] == tags[2:]


def test_pixels_that_are_not_square_stay_so(tmp_path):
    source = make_video(tmp_path / "in.mp4", aspect=Fraction(16, 11))
    for name in ("out.mp4", "out.mkv"):
        rewrite(source, tmp_path / name)
        with av.open(str(tmp_path / name)) as container:
            assert float(container.streams.video[0].sample_aspect_ratio) == pytest.approx(16 / 11, rel=0.02)
    with pytest.raises(VideoError, match="aren't square"):
        rewrite(source, tmp_path / "out.webm")


@pytest.mark.parametrize("pixels, codec", [("yuv444p", "libx264"), ("yuv422p", "ffv1"), ("bgr0", "ffv1")])
def test_other_kinds_of_8_bit_pixels_are_read(tmp_path, pixels, codec):
    drawn = moving(12)
    options = {"crf": "1"} if codec == "libx264" else {}
    source = make_video(tmp_path / "in.mkv", drawn, codec=codec, pixels=pixels, options=options)
    assert np.median(np.abs(pictures(source)[3].rgb.astype(int) - drawn[3])) <= 3  # edges share their colours
    assert rewrite(source, tmp_path / "out.mp4") == 12


# sound and subtitles


@pytest.mark.parametrize(
    "name, sound, target",
    [
        ("in.mp4", "aac", "out.mp4"),
        ("in.mp4", "aac", "out.mov"),
        ("in.mkv", "libopus", "out.webm"),
        ("in.webm", "libopus", "out.mp4"),
        ("in.mkv", "flac", "out.mkv"),
    ],
)
def test_sound_is_copied_packet_by_packet(tmp_path, name, sound, target):
    codec = "libvpx-vp9" if name == "in.webm" else "libx264"
    source = make_video(tmp_path / name, times=VARIED_TIMES, codec=codec, sound=sound)
    rewrite(source, tmp_path / target, darker)
    old, new = packets(source, "audio"), packets(tmp_path / target, "audio")
    assert [data for _, data in new] == [data for _, data in old] and len(old) > 10
    first = times(tmp_path / target)[0] - times(source)[0]
    assert max(abs(b[0] - a[0] - first) for a, b in zip(old, new)) <= 1
    with av.open(str(tmp_path / target)) as container:
        assert container.streams.audio[0].language == "fin"


def test_subtitles_are_copied(tmp_path):
    source = make_video(tmp_path / "in.mkv", times=VARIED_TIMES, subtitles="subrip")
    rewrite(source, tmp_path / "out.mkv")
    assert packets(tmp_path / "out.mkv", "subtitles") == packets(source, "subtitles") != []


@pytest.mark.parametrize(
    "kind, target, words", [("sound", "out.webm", "sound (aac)"), ("subtitles", "out.mp4", "subtitles (subrip)")]
)
def test_what_a_file_can_not_hold_is_said(tmp_path, kind, target, words):
    source = make_video(tmp_path / "in.mkv", **{kind: {"sound": "aac", "subtitles": "subrip"}[kind]})
    with pytest.raises(VideoError) as error:
        rewrite(source, tmp_path / target)
    assert words in str(error.value) and "write a .mkv" in str(error.value)
    assert names(tmp_path) == ["in.mkv"]


# parts


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_part_starts_at_zero(tmp_path, suffix):
    every = tuple(range(0, 3000, 40))
    source = make_video(tmp_path / f"in{suffix}", moving(75), every, sound="aac", options={"g": "20"})
    assert rewrite(source, tmp_path / "out.mp4", darker, start=1.0, end=2.0) == 25
    assert times(tmp_path / "out.mp4") == list(range(0, 1000, 40))
    old, new = packets(source, "audio"), packets(tmp_path / "out.mp4", "audio")
    assert [data for _, data in new] == [data for at, data in old if 999 < at < 1999]
    assert 0 <= new[0][0] <= 22
    picture = pictures(source, 1.0, 2.0)[0]
    assert np.array_equal(picture.planes[0], planes(decoded(source)[25])[0])


def test_side_by_side(tmp_path):
    source = make_video(tmp_path / "in.mp4")
    rewrite(source, tmp_path / "out.mp4", darker, compare=True, crf=1)
    pixels = planes(decoded(tmp_path / "out.mp4")[2])[0].astype(int)
    assert pixels.shape == (48, 128)
    assert np.abs(pixels[24:, :64] - pixels[24:, 64:]).mean() < 1
    assert (pixels[12:19, 14:21] - pixels[12:19, 78:85]).mean() > 20


@pytest.mark.parametrize("compare, size", [(False, (64, 48)), (True, (128, 48))])
def test_odd_sizes_grow_to_even_ones_where_the_codec_wants_it(tmp_path, compare, size):
    source = make_video(tmp_path / "in.webm", moving(12, 63, 47), codec="libvpx-vp9")
    rewrite(source, tmp_path / "out.mp4", darker, compare=compare)
    frame = decoded(tmp_path / "out.mp4")[0]
    assert (frame.width, frame.height) == size
    rewrite(source, tmp_path / "out.webm", darker)
    frame = decoded(tmp_path / "out.webm")[0]
    assert (frame.width, frame.height) == (63, 47)


# what can't be done


def cut_off(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    return path


def bad_videos(folder):
    """Name -> (path, words of the error)."""
    long = dict(times=tuple(range(0, 4000, 40)), pictures=moving(100))
    late = make_video(folder / "whole.mp4", **long)
    rewrite(late, folder / "cut.mp4")
    late.unlink()
    (folder / "text.mp4").write_text("not a video")
    (folder / "empty.mp4").touch()
    (folder / "folder.mp4").mkdir()
    Image.new("RGB", (64, 64)).save(folder / "photo.png")
    return {
        "text": (folder / "text.mp4", "no video that can be read"),
        "empty": (folder / "empty.mp4", "no video that can be read"),
        "picture": (folder / "photo.png", "no video that can be read"),
        "folder": (folder / "folder.mp4", "is a folder"),
        "missing": (folder / "missing.mp4", "There is no file"),
        "sound": (sound_only(folder / "sound.mp4"), "no pictures in it"),
        "no frames": (make_video(folder / "none.mp4", moving(0), ()), "no pictures in it"),
        "only a header": (make_video(folder / "none.mkv", moving(0), ()), "empty"),
        "one pixel": (
            make_video(folder / "one.mkv", np.zeros((2, 1, 1, 3), np.uint8), (0, 40), **LOSSLESS),
            "1 x 1 pixels small",
        ),
        "index cut off": (cut_off(make_video(folder / "end.mp4", **long), 0.9), "no video that can be read"),
        "pictures cut off": (cut_off(folder / "cut.mp4", 0.6), "breaks off after"),
        "matroska cut off": (cut_off(make_video(folder / "cut.mkv", **long), 0.6), "breaks off after"),
        "ten bits": (make_video(folder / "ten.mkv", codec="ffv1", pixels="yuv420p10le"), "8 bits"),
        "interlaced": (make_video(folder / "lines.mp4", options={"x264-params": "interlaced=1"}), "interlaced"),
        "HDR": (make_video(folder / "hdr.mp4", tags=(9, 1, 9, 16)), "HDR"),
    }


def test_what_can_not_be_read_is_said_in_a_sentence(tmp_path):
    videos = bad_videos(tmp_path)
    listing = names(tmp_path)
    for name, (path, words) in videos.items():
        with pytest.raises(VideoError) as error:
            rewrite(path, tmp_path / "out.mp4")
        assert words in str(error.value) and "\n" not in str(error.value), name
        assert names(tmp_path) == listing, name


@pytest.mark.parametrize(
    "start, end, words",
    [
        (5.0, None, "comes after the end"),
        (1.0, 0.5, "must come after"),
        (0.46, None, "no pictures in it from 0.46 s on"),
    ],
)
def test_parts_that_are_not_there(tmp_path, start, end, words):
    source = make_video(tmp_path / "in.mp4")
    with pytest.raises(VideoError, match=words):
        rewrite(source, tmp_path / "out.mp4", start=start, end=end)
    assert names(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_when_it_is_stopped(tmp_path, error):
    source = make_video(tmp_path / "in.mp4", sound="aac")

    def stop(picture, seconds):
        if seconds > 0.2:
            raise error("stop")
        return picture

    before = threading.active_count()
    with pytest.raises(error, match="stop"):
        rewrite(source, tmp_path / "out.mp4", stop)
    assert names(tmp_path) == ["in.mp4"] and threading.active_count() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
def test_a_full_disk_leaves_nothing(tmp_path):
    make_video(tmp_path / "in.mp4", moving(100, 256, 256), tuple(range(0, 4000, 40)))
    program = (
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from tests.video.test_files import darker, rewrite\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))\n"
        f"rewrite(Path({str(tmp_path)!r}) / 'in.mp4', Path({str(tmp_path)!r}) / 'out.mp4', darker, crf=1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 1 and "VideoError: The video can't be written: File too large" in done.stderr
    assert names(tmp_path) == ["in.mp4"]


# overlap


def test_ahead_is_no_further_ahead_than_asked():
    made = []

    def numbers():
        for number in range(100):
            made.append(number)
            yield number

    seen = []
    for number in ahead(numbers(), 3):
        assert len(made) <= number + 6
        seen.append(number)
    assert seen == list(range(100))


def test_ahead_ends_its_thread_and_its_source():
    ended = []

    def numbers():
        try:
            while True:
                yield 1
        finally:
            ended.append(threading.current_thread().name)

    before = threading.active_count()
    items = ahead(numbers(), 2)
    next(items)
    items.close()
    assert ended == ["ahead"] and threading.active_count() == before


# clips


def test_a_clip_is_h264(tmp_path):
    frames = [Image.fromarray(pixels) for pixels in moving(6, 63, 47)]
    write_clip(frames, tmp_path / "clip.mp4", fps=12.5)
    first, *_ = clip = decoded(tmp_path / "clip.mp4")
    assert len(clip) == 6 and (first.width, first.height) == (64, 48)
    assert [round(float(frame.pts * frame.time_base), 3) for frame in clip] == [0, 0.08, 0.16, 0.24, 0.32, 0.4]
    shown = first.reformat(format="rgb24", src_colorspace=5).to_ndarray()[:47, :63]
    assert np.abs(shown.astype(int) - np.asarray(frames[0])).mean() < 6
    with av.open(str(tmp_path / "clip.mp4")) as container:
        assert container.streams.video[0].codec_context.codec.canonical_name == "h264"
        assert container.metadata["comment"] == COMMENT
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_what_is_copied_comes_between_the_pictures(tmp_path):
    source = make_video(tmp_path / "in.mp4", times=VARIED_TIMES, sound="aac")
    with open_video(source) as video:
        kinds = [type(item) for item in video.items]
    assert kinds.count(Picture) == 12 and kinds.count(Copied) > 20
