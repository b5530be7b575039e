"""The canonical eye frame: pure geometry between a portrait and one eye.

Frame coordinates are in eye widths: (0, 0) is the midpoint of the eye corners, +x runs from the outer to the inner
corner, +y down. The image-right eye is mirrored into it, so one network serves both eyes. Patch pixels relate to the
frame by ``PATCH_SCALE`` pixels per eye width. Portrait coordinates count pixel centres: (0, 0) is the centre of the
top-left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

PATCH_WIDTH, PATCH_HEIGHT = 144, 96
PATCH_SCALE = PATCH_WIDTH / 1.8  # patch pixels per eye width
MASK_HALF_WIDTH, MASK_HALF_HEIGHT, MASK_CENTER_Y = 0.80, 0.46, -0.03  # eye widths
MASK_RAMP = 0.22  # the share of the radius over which the mask falls from 1 to 0


@dataclass(frozen=True)
class EyeFrame:
    """A similarity (possibly mirrored) from frame to portrait coordinates: ``p = center + matrix @ q``.

    Args:
        center: midpoint of the eye corners, portrait pixels.
        matrix: (2, 2), columns are the images of the frame's axes; their length is the eye width in pixels.
    """

    center: np.ndarray
    matrix: np.ndarray

    @classmethod
    def from_corners(cls, outer: np.ndarray, inner: np.ndarray, mirrored: bool) -> EyeFrame:
        """The frame of an eye whose corners lie at `outer` and `inner` (portrait pixels)."""
        outer, inner = np.asarray(outer, np.float64), np.asarray(inner, np.float64)
        x_axis = inner - outer
        y_axis = np.array([-x_axis[1], x_axis[0]]) * (-1.0 if mirrored else 1.0)
        return cls((outer + inner) / 2, np.stack([x_axis, y_axis], axis=1))

    @property
    def width(self) -> float:
        """Eye width in portrait pixels."""
        return float(np.hypot(*self.matrix[:, 0]))

    def to_portrait(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) frame coordinates to portrait pixels."""
        return np.asarray(points) @ self.matrix.T + self.center

    def to_frame(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) portrait pixels to frame coordinates."""
        return (np.asarray(points) - self.center) @ np.linalg.inv(self.matrix).T


def patch_to_frame(points: np.ndarray, width: int = PATCH_WIDTH, height: int = PATCH_HEIGHT) -> np.ndarray:
    """(..., 2) patch pixels to frame coordinates; a larger patch has the same scale and centre, and more margin."""
    return (np.asarray(points, np.float64) - [(width - 1) / 2, (height - 1) / 2]) / PATCH_SCALE


def frame_to_patch(points: np.ndarray, width: int = PATCH_WIDTH, height: int = PATCH_HEIGHT) -> np.ndarray:
    """(..., 2) frame coordinates to patch pixels."""
    return np.asarray(points, np.float64) * PATCH_SCALE + [(width - 1) / 2, (height - 1) / 2]


def crop(image: np.ndarray, frame: EyeFrame, width: int = PATCH_WIDTH, height: int = PATCH_HEIGHT) -> np.ndarray:
    """Resample one eye of a portrait into the canonical frame.

    Args:
        image: (H, W, 3) uint8 or float32 portrait. Past its border the edge pixels repeat.

    Returns:
        (height, width, 3) float32, same value range as `image`.
    """
    corners = frame.to_portrait(patch_to_frame(np.array([[0, 0], [width - 1, 0], [0, height - 1]]), width, height))
    reduction = max(1, int(frame.width / PATCH_SCALE + 0.25))
    # Only the eye is converted, and a large eye is first averaged over whole blocks: sampling it directly would alias.
    all_corners = np.vstack([corners, corners[1] + corners[2] - corners[0]])
    left, top = np.floor(all_corners.min(0)).astype(int) - 2 * reduction
    right, bottom = np.ceil(all_corners.max(0)).astype(int) + 2 * reduction
    columns = left + reduction * np.arange((right - left) // reduction + 1)
    rows = top + reduction * np.arange((bottom - top) // reduction + 1)
    block = _block(image, rows[0], rows[-1] + reduction, columns[0], columns[-1] + reduction).astype(np.float32)
    image = cv2.resize(block, (len(columns), len(rows)), interpolation=cv2.INTER_AREA)
    corners = (corners - [left, top] - (reduction - 1) / 2) / reduction
    patch_corners = np.float32([[0, 0], [width - 1, 0], [0, height - 1]])
    matrix = cv2.getAffineTransform(patch_corners, corners.astype(np.float32))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _block(image: np.ndarray, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """A part of an image, wherever it lies; past the border the edge repeats."""
    rows, above, below = _inside(top, bottom, image.shape[0])
    columns, before, after = _inside(left, right, image.shape[1])
    inside = image[rows, columns]
    if above == below == before == after == 0:
        return inside
    return cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)


def _inside(start: int, stop: int, size: int) -> tuple[slice, int, int]:
    """What of a range lies within 0..size, at least one of them, and how many are missing before and after."""
    first = min(max(start, 0), size - 1)
    last = min(max(stop, first + 1), size)
    missing = (stop - start) - (last - first)
    before = min(max(first - start, 0), missing)
    return slice(first, last), before, missing - before


def eye_box(frame: EyeFrame) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the pixels that the erased region can reach."""
    reach = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)]) * [MASK_HALF_WIDTH, MASK_HALF_HEIGHT]
    corners = frame.to_portrait(reach + [0, MASK_CENTER_Y])
    low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int) + 1
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def soft_mask(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The erased region: 1 inside a superellipse, a smooth fall, exactly 0 outside. `x`, `y` in frame coordinates."""
    x, y = np.square(x / MASK_HALF_WIDTH), np.square((y - MASK_CENTER_Y) / MASK_HALF_HEIGHT)
    radius = np.sqrt(np.sqrt(x * x + y * y))
    t = np.clip((1 - radius) / MASK_RAMP, 0, 1)
    return t * t * (3 - 2 * t)


def patch_grid(width: int, height: int) -> np.ndarray:
    """(2, height, width) float32 frame coordinates (x, y) of the pixels of a patch that spans 1.8 x 1.2 eye widths."""
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * (PATCH_WIDTH / PATCH_SCALE)
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5) * (PATCH_HEIGHT / PATCH_SCALE)
    return np.stack(np.meshgrid(x, y))
