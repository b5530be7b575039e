"""Where live pictures go: a virtual camera that calls can choose, and a window.

A sink has `show(frame)`, with (H, W, 3) uint8 RGB, and `close()`.
"""

from __future__ import annotations

import platform

import cv2
import numpy as np

PREVIEW_WIDTH = 640  # pixels at most
DRIVERS = {
    "Linux": "install v4l2loopback (`sudo apt install v4l2loopback-dkms` or the package of your system, then "
    "`sudo modprobe v4l2loopback exclusive_caps=1 card_label=gazehub`)",
    "Darwin": "install OBS 30 or newer (https://obsproject.com), in it click Start Virtual Camera, then Stop Virtual "
    "Camera, and quit it",
    "Windows": "install OBS (https://obsproject.com), which brings one, and keep OBS closed",
}


class SinkError(ValueError):
    """There is no such place; the message says what to install."""


class VirtualCamera:
    """A camera that other programs can choose.

    Args:
        size: width and height of the frames.
        rate: frames a second, about.

    Attributes:
        name: as other programs show it.

    Raises:
        SinkError: pyvirtualcam or a driver is missing, or the driver refuses.
    """

    def __init__(self, size: tuple[int, int], rate: float) -> None:
        check_package()
        import pyvirtualcam

        try:
            self._camera = pyvirtualcam.Camera(*size, rate)
        except RuntimeError as error:
            raise SinkError(no_driver(" ".join(str(error).split()))) from error
        self.name = self._camera.device

    def show(self, frame: np.ndarray) -> None:
        self._camera.send(frame)

    def close(self) -> None:
        self._camera.close()


def check_package() -> None:
    """
    Raises:
        SinkError: pyvirtualcam is missing.
    """
    try:
        import pyvirtualcam  # noqa: F401
    except ImportError as error:
        raise SinkError("The virtual camera needs pyvirtualcam: pip install 'gazehub[camera]'") from error


def no_driver(reason: str, system: str = platform.system()) -> str:
    """A sentence about a virtual camera that can't be opened, and what it takes on a system."""
    return f"No virtual camera can be used: {DRIVERS.get(system, 'this system has none')}; reason: {reason}"


class Preview:
    """A window with the picture as a mirror shows it, a line of text, and keys.

    Args:
        size: width and height of the frames.

    Raises:
        SinkError: no window can be opened here.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        try:
            import tkinter
        except ImportError as error:
            raise SinkError("A preview window needs tkinter (on Debian and Ubuntu: python3-tk).") from error
        try:
            self._window = tkinter.Tk()
        except tkinter.TclError as error:
            raise SinkError("No preview window can be opened: there is no screen here.") from error
        self._pressed = ""
        scale = min(1.0, PREVIEW_WIDTH / size[0])
        self._size = (round(size[0] * scale), max(1, round(size[1] * scale)))
        self._picture = tkinter.PhotoImage(width=self._size[0], height=self._size[1])
        self._text = tkinter.Label(self._window)
        tkinter.Label(self._window, image=self._picture).pack()
        self._text.pack()
        self._window.title("gazehub")
        self._window.resizable(False, False)
        self._window.bind("<Key>", lambda event: self._press(event.char))
        self._window.protocol("WM_DELETE_WINDOW", lambda: self._press("q"))

    def show(self, frame: np.ndarray) -> None:
        self._picture.configure(data=portable_pixmap(mirrored(frame, self._size)), format="ppm")
        self._window.update()

    def tell(self, text: str) -> None:
        self._text.configure(text=text)

    def keys(self) -> str:
        """What was pressed since the last call."""
        pressed, self._pressed = self._pressed, ""
        return pressed

    def close(self) -> None:
        self._window.destroy()

    def _press(self, keys: str) -> None:
        self._pressed += keys


def mirrored(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) in another size, left and right exchanged."""
    small = frame if frame.shape[1::-1] == size else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return small[:, ::-1]


def portable_pixmap(pixels: np.ndarray) -> bytes:
    """The file format that every Tk reads, and fast."""
    return b"P6 %d %d 255 " % pixels.shape[1::-1] + pixels.tobytes()
