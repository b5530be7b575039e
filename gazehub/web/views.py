"""What a visitor sees of a photo: parts of it at the size of a screen, drawn from what was read of the whole.

Only these are kept in memory, so a photo of 40 megapixels takes no more of it than a small one, and every move of a
control draws on few pixels.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from gazehub.aim import Aim
from gazehub.draw import paste
from gazehub.eye_frame import EyeFrame, crop
from gazehub.files.provenance import mark_options

QUALITY = 92  # of JPEG, without merging the colours of neighbouring pixels: eyes are small


@dataclass(frozen=True, eq=False)
class View:
    """A part of a photo, made smaller.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        start: x, y of its first pixel in the photo.
        scale: its pixels per pixel of the photo, at most 1.
    """

    pixels: np.ndarray
    start: tuple[int, int]
    scale: float

    @classmethod
    def of(cls, photo: np.ndarray, side: int, box: tuple[float, float, float, float] | None = None) -> View:
        """
        Args:
            photo: (H, W, 3) uint8 RGB.
            side: pixels of the longer side of the view, at most.
            box: left, top, right, bottom of the part; None for all of it.
        """
        height, width = photo.shape[:2]
        left, top, right, bottom = (round(value) for value in box or (0, 0, width, height))
        left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        part = photo[top : max(min(bottom, height), top + 1), left : max(min(right, width), left + 1)]
        scale = min(1.0, side / max(part.shape[:2]))
        if scale == 1:
            return cls(part.copy(), (left, top), scale)
        size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        return cls(cv2.resize(part, size, interpolation=cv2.INTER_AREA), (left, top), scale)

    def drawn(self, aim: Aim, fields: np.ndarray) -> np.ndarray:
        """(H, W, 3) the view with the aimed eyes redrawn.

        Args:
            fields: (eyes, 13, 96, 144) by `gazehub.draw.compute_fields`.
        """
        pixels = self.pixels.copy()
        for eye, own in zip(aim.eyes, fields):
            paste(pixels, self._frame(eye.reading.eye.frame), own, eye.amount)
        return pixels

    def eye(self, pixels: np.ndarray, frame: EyeFrame) -> np.ndarray:
        """(3, 96, 144) float32 in 0..1: the patch of an eye, from pixels of this view that were drawn.

        Args:
            frame: of the eye in the photo.
        """
        return crop(pixels, self._frame(frame)).transpose(2, 0, 1) / np.float32(255)

    def _frame(self, frame: EyeFrame) -> EyeFrame:
        """The frame of an eye in the photo, as the view has it."""
        return EyeFrame((frame.center - self.start + 0.5) * self.scale - 0.5, frame.matrix * self.scale)


def data_url(pixels: np.ndarray, profile: bytes | None, edited: bool = True) -> str:
    """A picture as an address that holds all of it, so nothing has to be written down for a browser.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        profile: ICC, or None for sRGB.
        edited: it gets the mark of `gazehub.files.provenance`.
    """
    encoded = io.BytesIO()
    options = mark_options(".jpg") if edited else {}
    Image.fromarray(pixels).save(encoded, "JPEG", quality=QUALITY, subsampling=0, icc_profile=profile, **options)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getbuffer()).decode()}"
