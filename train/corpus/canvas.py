"""A patch as a canvas: where its pixels lie in the canonical eye frame, at any scale, and how to read between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class Canvas:
    """A patch of `height` x `width` pixels around the frame's origin.

    Args:
        scale: pixels per eye width.
        x, y: (height, width) frame coordinates of every pixel.
        noise: (height, width) fixed noise of unit spread, as smooth as a photo's.
    """

    height: int
    width: int
    scale: float
    x: np.ndarray
    y: np.ndarray
    noise: np.ndarray

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, height: int, width: int, scale: float) -> Canvas:
        x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / scale
        y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / scale
        noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal((height, width)), (0, 0), 0.017 * scale)
        return cls(height, width, scale, *np.float32(np.meshgrid(x, y)), np.float32(noise / noise.std()))

    @property
    def pixel(self) -> float:
        """Eye widths."""
        return 1 / self.scale

    def sample(self, image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The image at frame coordinates x, y; past its border the edge repeats."""
        column, row = self.column(x), np.float32(y * self.scale + (self.height - 1) / 2)
        return cv2.remap(image, column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def column(self, x: np.ndarray) -> np.ndarray:
        """The column, between pixels, at which frame coordinates x lie."""
        return np.float32(x * self.scale + (self.width - 1) / 2)

    def blur(self, image: np.ndarray, sigma: float) -> np.ndarray:
        """Gaussian blur; `sigma` in eye widths."""
        return cv2.GaussianBlur(image, (0, 0), sigma * self.scale)

    def distance(self, center: np.ndarray) -> np.ndarray:
        """(height, width) eye widths from a point of the frame."""
        return np.hypot(self.x - center[0], self.y - center[1])


def smoothstep(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def ellipse(size: float) -> np.ndarray:
    """A round structuring element, about `size` pixels wide."""
    size = 2 * max(1, round(size / 2)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
