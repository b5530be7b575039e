import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError

import av
import numpy as np
import pytest
from PIL import Image

from gazehub.cli import main
from gazehub.files.provenance import COMMENT
from gazehub.video.command import moment
from gazehub.video.reader import open_video
from gazehub.video.rewrite import rewrite_video
from tests.videos import decoded, make_video, moving, packets, planes, sound_only, times

TIMES = (0, 40, 80, 133, 160, 200)


def run(*arguments):
    return main([str(argument) for argument in arguments])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def talk(one_face, tmp_path_factory):
    """A woman who moves a little, and a tone."""
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    pictures = [np.roll(one_face[:400, 60:400], shift, axis=1) for shift in range(len(TIMES))]
    return make_video(path, pictures, TIMES, sound="aac", options={"crf": "10"})


def test_video(talk, weights, tmp_path, capsys):
    assert run("video", talk, "-o", tmp_path / "new" / "out.mp4", "--weights", weights) == 0
    out, err = capsys.readouterr()
    assert out == "" and f"{len(TIMES)}/{len(TIMES)}" in err
    assert names(tmp_path / "new") == ["out.mp4"]
    assert times(tmp_path / "new" / "out.mp4") == list(TIMES)
    assert packets(tmp_path / "new" / "out.mp4", "audio") == packets(talk, "audio")
    with av.open(str(tmp_path / "new" / "out.mp4")) as container:
        assert container.metadata["comment"] == COMMENT


def test_strength_0_writes_the_pictures_as_they_were_decoded(talk, weights, tmp_path):
    assert run("video", talk, "-o", tmp_path / "out.mp4", "--weights", weights, "--strength", 0) == 0
    with open_video(talk) as video:
        rewrite_video(video, tmp_path / "same.mp4", lambda picture, seconds: picture, lambda seen: seen)
    assert packets(tmp_path / "out.mp4", "video") == packets(tmp_path / "same.mp4", "video")


def test_eyes_change_and_the_rest_stays(talk, weights, tmp_path):
    assert run("video", talk, "-o", tmp_path / "out.mp4", "--weights", weights, "--crf", 1) == 0
    for old, new in zip(decoded(talk), decoded(tmp_path / "out.mp4")):
        change = np.abs(planes(new)[0].astype(int) - planes(old)[0])
        assert change[250:].mean() < 1 and change.max() > 20


def test_a_part_side_by_side(talk, weights, tmp_path):
    arguments = "--start", "0.04", "--end", "0:00.15", "--compare", "--faces", "largest", "--look-away", 0.5
    assert run("video", talk, "-o", tmp_path / "out.webm", "--weights", weights, *arguments) == 2  # sound is AAC
    assert run("video", talk, "-o", tmp_path / "out.mkv", "--weights", weights, *arguments) == 0
    frames = decoded(tmp_path / "out.mkv")
    assert [(frame.width, frame.height) for frame in frames] == 3 * [(680, 400)]
    assert times(tmp_path / "out.mkv") == [0, 40, 93]


@pytest.mark.parametrize(
    "name, arguments, words",
    [
        ("missing.mp4", [], "There is no file"),
        ("text.mp4", [], "no video that can be read"),
        ("folder.mp4", [], "is a folder"),
        ("sound.mp4", [], "no pictures in it"),
        ("wall.mp4", ["-o", "{tmp}/out.avi"], "is written as .mp4"),
        ("wall.mp4", ["-o", "{tmp}/out"], "is written as .mp4"),
        ("wall.mp4", ["-o", "{tmp}/folder.mp4"], "is a folder"),
        ("wall.mp4", ["-o", "{tmp}/wall.mp4"], "would be overwritten"),
        ("wall.mp4", ["-o", "{tmp}/link.mp4"], "would be overwritten"),
        ("wall.mp4", ["--start", "9"], "comes after the end"),
        ("wall.mp4", ["--start", "0.3", "--end", "0.2"], "must come after the start"),
        ("wall.mp4", ["--weights", "{tmp}/gone"], "gone"),
    ],
)
def test_what_can_not_work_is_one_sentence(weights, tmp_path, capsys, name, arguments, words):
    make_video(tmp_path / "wall.mp4")
    sound_only(tmp_path / "sound.mp4")
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "wall.mp4")
    listing, data = names(tmp_path), (tmp_path / "wall.mp4").read_bytes()
    arguments = [argument.format(tmp=tmp_path) for argument in arguments]
    assert run("video", tmp_path / name, "-o", tmp_path / "out.mp4", "--weights", weights, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("gazehub: ") and words in err
    assert names(tmp_path) == listing and (tmp_path / "wall.mp4").read_bytes() == data


def test_a_video_without_a_face_is_not_written(weights, tmp_path, capsys):
    source = make_video(tmp_path / "wall.mp4", moving(6, 200, 200), TIMES)
    assert run("video", source, "-o", tmp_path / "out.mp4", "--weights", weights) == 2
    assert "No face was found" in capsys.readouterr().err
    assert names(tmp_path) == ["wall.mp4"]


@pytest.mark.parametrize("command", ["video", "animate"])
def test_without_pyav_the_extra_is_named(command, talk, one_face, weights, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "gazehub.video.writer")
    Image.fromarray(one_face).save(tmp_path / "photo.png")
    source = {"video": talk, "animate": tmp_path / "photo.png"}[command]
    assert run(command, source, "-o", tmp_path / "out.mp4", "--weights", weights) == 2
    assert "pip install 'gazehub[video]'" in capsys.readouterr().err
    assert names(tmp_path) == ["photo.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT there")
def test_ctrl_c_leaves_nothing(one_face, weights, tmp_path):
    picture = np.asarray(Image.fromarray(one_face[:400, 60:400]))
    source = make_video(tmp_path / "long.mp4", [picture] * 500, tuple(range(0, 20000, 40)), sound="aac")
    command = [sys.executable, "-m", "gazehub", "video", source, "-o", tmp_path / "out.mp4", "--weights", weights]
    process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    while not any(path.stat().st_size for path in tmp_path.glob(".out*")) and time.monotonic() < limit:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err.endswith("gazehub: stopped.\n") and "Traceback" not in err
    assert names(tmp_path) == ["long.mp4"]


def test_moments():
    assert [moment(text) for text in ("90", "1:30", "0:01:30.5", "0.25")] == [90, 90, 90.5, 0.25]
    for text in ("", "-1", "1:2:3:4", "1e3", "a"):
        with pytest.raises(ArgumentTypeError):
            moment(text)
