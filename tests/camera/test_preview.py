import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageGrab

from gazehub.camera.sinks import Preview, SinkError, mirrored, portable_pixmap


@pytest.fixture(scope="session")
def server():
    """The name of an X screen that nobody looks at. It stays to the end: Tk ends the process when it goes away."""
    if not shutil.which("Xvfb"):
        pytest.skip("needs Xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        yield f":{answer.readline().strip()}"
    process.terminate()
    process.wait()


@pytest.fixture
def screen(server, monkeypatch):
    pytest.importorskip("tkinter")
    monkeypatch.setenv("DISPLAY", server)
    return server


def test_a_mirror(one_face):
    assert (mirrored(one_face, (512, 512)) == one_face[:, ::-1]).all()
    half = np.asarray(Image.fromarray(one_face[:, ::-1]).reduce(2)).astype(int)
    assert np.abs(mirrored(one_face, (256, 256)) - half).max() <= 1


def test_the_format_that_tk_reads(one_face):
    for pixels in (one_face, mirrored(one_face, (100, 60))):
        assert (np.asarray(Image.open(io.BytesIO(portable_pixmap(pixels)))) == pixels).all()


def test_the_window_is_a_mirror_and_takes_keys(screen):
    import tkinter

    frame = np.zeros((240, 320, 3), np.uint8)
    frame[:, :160], frame[:, 160:] = (255, 0, 0), (0, 0, 255)
    preview = Preview((320, 240))
    preview.tell("on")
    preview.show(frame)
    preview.show(frame)
    shown = np.asarray(ImageGrab.grab(xdisplay=screen).convert("RGB"))
    assert shown[120, 40].tolist() == [0, 0, 255] and shown[120, 280].tolist() == [255, 0, 0]
    assert preview.keys() == ""
    window = tkinter._default_root
    window.focus_force()
    window.update()
    for key in ("<space>", "<plus>", "<minus>", "<Shift_L>"):
        window.event_generate(key)
    assert (preview.keys(), preview.keys()) == (" +-", "")
    window.tk.call(*window.tk.splitlist(window.protocol("WM_DELETE_WINDOW")))  # what closing it does
    preview.show(frame)
    assert preview.keys() == "q"
    preview.close()


def test_large_frames_are_shown_small(screen):
    import tkinter

    preview = Preview((1280, 720))
    preview.show(np.zeros((720, 1280, 3), np.uint8))
    assert 640 <= tkinter._default_root.winfo_width() < 660
    preview.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a screen can't be taken away")
def test_no_screen(monkeypatch):
    pytest.importorskip("tkinter")
    monkeypatch.setenv("DISPLAY", ":99999")
    with pytest.raises(SinkError, match="no screen"):
        Preview((320, 240))
