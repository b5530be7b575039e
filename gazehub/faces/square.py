"""A square part of a picture, resampled to one size; and pictures made smaller fast."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SQUARE_SIDE = 320  # pixels; the mesh network itself sees 192 x 192
SMALLEST = 8  # pixels of the picture


@dataclass(frozen=True)
class Square:
    """
    Args:
        pixels: (SQUARE_SIDE, SQUARE_SIDE, 3) uint8 RGB, black beyond the picture.
        center: (2,) of the square in pixels of the picture.
        scale: pixels of the square per pixel of the picture.
    """

    pixels: np.ndarray
    center: np.ndarray
    scale: float

    # MediaPipe's pixel coordinates count from a corner, those of a `Face` from the centre of the first pixel.

    def to_picture(self, mesh: np.ndarray) -> np.ndarray:
        """(n, 3) points in the square, counted from its corner, to points of the picture."""
        points = (mesh[:, :2] - SQUARE_SIDE / 2) / self.scale + self.center - 0.5
        return np.column_stack([points, mesh[:, 2] / self.scale])

    def from_picture(self, mesh: np.ndarray) -> np.ndarray:
        """The inverse of `to_picture`."""
        points = (mesh[:, :2] + 0.5 - self.center) * self.scale + SQUARE_SIDE / 2
        return np.column_stack([points, mesh[:, 2] * self.scale])


def square_around(picture: np.ndarray, box: np.ndarray) -> Square | None:
    """A square about twice as wide as a face.

    Args:
        picture: (H, W, 3) uint8 RGB.
        box: left, top, right, bottom of the face; may reach beyond the picture.

    Returns:
        None if the face is too small, or lies outside the picture.
    """
    box = np.asarray(box, np.float64)
    center, side = (box[:2] + box[2:]) / 2, 2.0 * max(box[2:] - box[:2])
    if side < SMALLEST:
        return None
    scale = SQUARE_SIDE / side
    reduction = max(1, int(1 / scale))
    low = np.maximum(np.floor(center - side / 2).astype(int), 0)
    high = np.ceil(center + side / 2).astype(int)
    if reduction == 1:
        high += 1  # one pixel more to interpolate with
    high = np.maximum(high, 0)
    part = picture[low[1] : high[1], low[0] : high[0]]
    if part.size == 0:
        return None
    smaller, pixel = shrink(part, reduction)
    matrix = np.column_stack([np.diag(scale * pixel), SQUARE_SIDE / 2 - scale * (center - low)])
    pixels = cv2.warpAffine(smaller, matrix, (SQUARE_SIDE, SQUARE_SIDE), flags=cv2.INTER_LINEAR)
    return Square(pixels, center, scale)


def halve(picture: np.ndarray) -> np.ndarray:
    """Half as wide and high, each pixel the mean of four; the last row or column of an odd number is left out."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    return cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)


def shrink(picture: np.ndarray, reduction: int) -> tuple[np.ndarray, np.ndarray]:
    """`reduction` times smaller; from 4 on by halving, which is ten times as fast, and up to twice as large as asked.

    Returns:
        The smaller picture, and how many pixels one of its pixels is wide and high.
    """
    if reduction < 4:
        size = (max(1, picture.shape[1] // reduction), max(1, picture.shape[0] // reduction))
        smaller = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if reduction > 1 else picture
        return smaller, np.array([picture.shape[1] / size[0], picture.shape[0] / size[1]])
    times = 1
    while reduction >= 2 * times and min(picture.shape[:2]) >= 2:
        picture, times = halve(picture), 2 * times
    return picture, np.array([times, times])
