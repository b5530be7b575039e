import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from gazehub.camera.command import camera_or_file, picture_size
from gazehub.camera.sinks import no_driver
from gazehub.camera.sources import why_no_picture
from gazehub.cli import main
from tests.videos import make_video

screens = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a screen can't be taken away")
FAKE = Path(__file__).parent / "fake_driver"


def run(*arguments):
    return main(["camera", *(str(argument) for argument in arguments)])


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """A virtual camera. Calling it gives the frames it got."""
    spec = spec_from_file_location("pyvirtualcam", FAKE / "pyvirtualcam.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setenv("SENT", str(tmp_path / "sent.npy"))
    return lambda: np.load(tmp_path / "sent.npy")


@pytest.fixture(scope="module")
def long_clip(one_face, tmp_path_factory):
    """A minute, ten pictures a second."""
    path, pictures = tmp_path_factory.mktemp("long") / "long.mp4", [one_face[:400, 60:400]] * 600
    return make_video(path, pictures, range(0, 60_000, 100), options={"preset": "ultrafast"})


@pytest.fixture
def one_line(capsys):
    """What was printed: one sentence on stderr."""

    def read():
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and err.startswith("gazehub: ")
        return err

    return read


def test_frames_reach_the_virtual_camera(clip, decoded, number_of, weights, driver, capsys):
    assert run(clip, "--no-preview", "--weights", weights) == 0
    out, err = capsys.readouterr()
    assert out == "" and "/dev/video9" in err and "space: on or off" in err
    frames = driver()
    assert len(frames) and all((frame != decoded[number_of(frame)]).any() for frame in frames)


def test_strength_is_kept(clip, decoded, number_of, weights, driver):
    assert run(clip, "--no-preview", "--weights", weights, "--strength", 0) == 0
    assert all((frame == decoded[number_of(frame)]).all() for frame in driver())


@screens
def test_without_a_screen_it_goes_on_without_a_window(clip, weights, driver, monkeypatch, capsys):
    monkeypatch.setenv("DISPLAY", ":99999")
    assert run(clip, "--weights", weights) == 0
    err = capsys.readouterr().err
    assert "review window" in err and "space: on or off" in err
    assert len(driver())


@screens
def test_no_screen_and_nothing_else(clip, monkeypatch, one_line):
    monkeypatch.setenv("DISPLAY", ":99999")
    assert run(clip, "--preview-only") == 2
    assert "review window" in one_line()


def test_no_tkinter(clip, monkeypatch, one_line):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert run(clip, "--preview-only") == 2
    assert "tkinter" in one_line()


def test_no_package(clip, monkeypatch, one_line):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    assert run(clip, "--no-preview") == 2
    assert "pip install 'gazehub[camera]'" in one_line()


def test_no_driver(clip, driver, monkeypatch, one_line):
    monkeypatch.setenv("NO_DRIVER", "1")
    assert run(clip, "--no-preview") == 2
    assert "No device found. 'other' backend: None." in one_line()


def test_what_to_install_on_a_system():
    assert "v4l2loopback-dkms" in no_driver("none", "Linux")
    assert "OBS 30" in no_driver("none", "Darwin") and "Start Virtual Camera" in no_driver("none", "Darwin")
    assert "OBS" in no_driver("none", "Windows")
    assert "this system has none" in no_driver("none", "Plan9")


def test_no_such_camera(driver, one_line):
    assert run(99, "--no-preview") == 2
    assert "amera 99" in one_line()


def test_no_such_file(driver, one_line):
    assert run("nowhere.mp4", "--no-preview") == 2
    assert "There is no file nowhere.mp4." in one_line()


def test_no_pyav(clip, driver, monkeypatch, one_line):
    for name in ("gazehub.camera.file_source", "gazehub.video.reader"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    assert run(clip, "--no-preview") == 2
    assert "pip install 'gazehub[video]'" in one_line()


def test_why_there_is_no_picture(tmp_path):
    assert "nor any other" in why_no_picture(0, "Linux", tmp_path)
    (tmp_path / "video2").touch()
    (tmp_path / "video10").touch()
    (tmp_path / "video-dec").touch()
    assert why_no_picture(0, "Linux", tmp_path) == "There is no camera 0; numbers: [2, 10]."
    assert "another program uses it" in why_no_picture(2, "Linux", tmp_path)
    assert "Privacy & Security" in why_no_picture(0, "Darwin") and "Privacy" in why_no_picture(0, "Windows")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do everything")
def test_a_camera_that_may_not_be_used(tmp_path):
    (tmp_path / "video0").touch(mode=0)
    assert "usermod" in why_no_picture(0, "Linux", tmp_path)


@pytest.mark.parametrize("option", [["--size", "720p"], ["--fps", "0"], ["--no-preview", "--preview-only"]])
def test_bad_options(option, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*option)
    assert ended.value.code == 2


def test_arguments():
    assert camera_or_file("12") == 12 and camera_or_file("2.mp4") == Path("2.mp4")
    assert picture_size("640x480") == (640, 480)
    for text in ("640", "640x", "x", "1x1", "99999x9"):
        with pytest.raises(ArgumentTypeError):
            picture_size(text)


def start(clip, weights, sent, **how):
    """The command in a process of its own, with the fake driver."""
    path = os.pathsep.join([str(FAKE), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "gazehub", "camera", clip, "--no-preview", "--weights", weights]
    return subprocess.Popen(
        [str(word) for word in command], env=os.environ | {"PYTHONPATH": path, "SENT": sent}, **how
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT there")
def test_ctrl_c(long_clip, weights, tmp_path):
    sent = str(tmp_path / "sent.npy")
    process = start(long_clip, weights, sent, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = [process.stderr.readline() for _ in range(3)]  # two sentences, then numbers once a second
    assert "frames a second" in lines[-1] and lines[-1].startswith("on, strength 1.0 | ")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and err.endswith("gazehub: stopped.\n") and "Traceback" not in err
    assert len(np.load(sent))  # the driver was closed


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind there")
def test_keys_in_a_terminal(long_clip, weights, tmp_path):
    import fcntl
    import termios

    outside, inside = os.openpty()
    before = termios.tcgetattr(inside)

    def own_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = start(
        long_clip,
        weights,
        str(tmp_path / "sent.npy"),
        stdin=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=own_terminal,
    )
    shown = b""
    limit = time.monotonic() + 60
    for wanted, key in ((b"on, strength 1.0 |", b" -"), (b"off, strength 0.9 |", b"q")):
        while wanted not in shown and time.monotonic() < limit:
            shown += os.read(outside, 1000)
        os.write(outside, key)
    assert process.wait(timeout=30) == 0
    assert termios.tcgetattr(inside) == before
    shown += os.read(outside, 1000)
    _, numbers = shown.decode().split("quit\r\n")
    assert len(numbers.split("\r")) > 2 and numbers.count("\n") == 1 and numbers.endswith("\r\n")  # one line, renewed
    os.close(outside)
    os.close(inside)
