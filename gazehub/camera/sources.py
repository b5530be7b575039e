"""Where live pictures come from: a webcam here, in `file_source` a video file that plays like one.

A source has `size` (width, height), `rate` (frames a second, about), `shots()` and `close()`.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

PATIENCE = 2.0  # seconds without a picture after which a camera is gone
PRIVACY = {"Darwin": "System Settings > Privacy & Security > Camera", "Windows": "Settings > Privacy > Camera"}


class CameraError(ValueError):
    """The camera gives no pictures; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture.

    Args:
        frame: (H, W, 3) uint8 RGB.
        number: counts every picture of the source, so that gaps tell what was dropped.
        seconds: when it came, by `time.monotonic`.
    """

    frame: np.ndarray
    number: int
    seconds: float


class Webcam:
    """
    Args:
        number: of the camera, from 0 on.
        size: width and height to ask for; the camera may choose another one.
        rate: frames a second to ask for.

    Raises:
        CameraError: it isn't there, may not be used or gives no picture.
    """

    def __init__(self, number: int, size: tuple[int, int], rate: float) -> None:
        self._number, self._capture = number, cv2.VideoCapture(number)
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # raw, USB 2 carries few large frames
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        self._capture.set(cv2.CAP_PROP_FPS, rate)
        first = self._next()
        if first is None:
            self.close()
            raise CameraError(why_no_picture(number))
        self.size = (first.shape[1], first.shape[0])
        told = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = told if told > 0 else rate  # not every driver knows

    def shots(self) -> Iterator[Shot]:
        number = 0
        while (frame := self._next()) is not None:
            yield Shot(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), number, time.monotonic())
            number += 1
        raise CameraError(f"Camera {self._number} gives no more pictures: was it unplugged?")

    def close(self) -> None:
        self._capture.release()

    def _next(self) -> np.ndarray | None:
        """(H, W, 3) BGR; None once the camera is gone. Some need a while to start."""
        limit = time.monotonic() + PATIENCE
        while self._capture.isOpened():
            arrived, frame = self._capture.read()
            if arrived:
                return frame
            if time.monotonic() > limit:
                return None
            time.sleep(0.02)
        return None


def why_no_picture(number: int, system: str = platform.system(), devices: Path = Path("/dev")) -> str:
    """A sentence about a camera that can't be opened.

    Args:
        devices: where Linux has its cameras.
    """
    if system != "Linux":
        return (
            f"Camera {number} gives no picture: it is not there, another program uses it, or this one may not "
            f"({PRIVACY.get(system, 'see the settings of the system')})."
        )
    device = devices / f"video{number}"
    others = sorted(int(path.name[5:]) for path in devices.glob("video*") if path.name[5:].isdigit())
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return (
            f"Camera {number} may not be used by you: `sudo usermod -aG video $USER` changes that after you have "
            "logged in again."
        )
    if device.exists():
        return f"Camera {number} gives no picture: another program uses it, or it is no camera; numbers: {others}."
    if others:
        return f"There is no camera {number}; numbers: {others}."
    return f"There is no camera {number} nor any other: plug one in, or name a video file in its place."
