"""What can't be done is said in a sentence, and leaves nothing."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from gazehub.video.reader import VideoError
from tests.video.rewriting import LOSSLESS, names, rewrite
from tests.videos import make_video, moving, sound_only


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
        "from tests.video.rewriting import darker, rewrite\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))\n"
        f"rewrite(Path({str(tmp_path)!r}) / 'in.mp4', Path({str(tmp_path)!r}) / 'out.mp4', darker, crf=1)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 1 and "VideoError: The video can't be written: File too large" in done.stderr
    assert names(tmp_path) == ["in.mp4"]
