from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from gazehub.files.provenance import COMMENT
from gazehub.video.clips import write_clip
from gazehub.video.orientation import Way
from gazehub.video.reader import Copied, Picture, VideoError, open_video
from tests.video.rewriting import LOSSLESS, darker, names, pictures, rewrite
from tests.videos import VARIED_TIMES, decoded, make_video, moving, packets, planes, times

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
