"""The lids of an eye patch: where they are, how they follow the gaze, and the skin that moves with them."""

from __future__ import annotations

import cv2
import numpy as np

from train.corpus.canvas import Canvas

UPPER_LID_DOWN, UPPER_LID_UP, LOWER_LID = 0.6, 0.45, 0.25  # lid motion per vertical iris motion
LID_REACH = 0.38  # eye widths of skin that stretch when a lid moves
EDGE_SOFTNESS = 0.013  # eye widths


def lids_of(opening: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(2, W) heights of the upper and the lower lid per column of the patch, from the (16, 2) contour; eye widths."""
    rims = opening[[0, *range(15, 7, -1)]], opening[:9]
    columns = canvas.x[0]
    lids = np.float32([np.interp(columns, np.maximum.accumulate(rim[:, 0]), rim[:, 1]) for rim in rims])
    sigma = 0.028 * canvas.scale
    lids = cv2.GaussianBlur(lids, (2 * round(2.7 * sigma) + 1, 1), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.stack([lids.min(0), lids[1]])


def moved_lids(lids: np.ndarray, columns: np.ndarray, rise: float) -> np.ndarray:
    """The lids after the iris moved down by `rise`; the opening keeps at least a third of its height."""
    window = rise * np.clip(1 - (columns / 0.55) ** 4, 0, None) ** 2
    upper, lower = lids[0] + (UPPER_LID_DOWN if rise > 0 else UPPER_LID_UP) * window, lids[1] + LOWER_LID * window
    return np.stack([np.minimum(upper, lower - (lids[1] - lids[0]) / 3), lower])


def depth(y: np.ndarray, lid: np.ndarray, canvas: Canvas) -> np.ndarray:
    """How far below a lid's edge, eye widths."""
    return (y - lid) / np.hypot(1, np.gradient(lid, canvas.pixel))


def opening_mask(lids: np.ndarray, canvas: Canvas, drawn_in: tuple[float, float]) -> np.ndarray:
    """Soft mask of the opening, drawn in by so many eye widths at the upper and the lower lid."""
    below, above = depth(canvas.y, lids[0], canvas), -depth(canvas.y, lids[1], canvas)
    inside = np.minimum(below - drawn_in[0], above - drawn_in[1])
    return canvas.blur(np.clip(inside * canvas.scale + 0.5, 0, 1).astype(np.float32), EDGE_SOFTNESS)


def warp_skin(image: np.ndarray, before: np.ndarray, after: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Carry the lids from `before` to `after`; the skin stretches smoothly and is still past `LID_REACH`."""
    x, y = canvas.x, canvas.y
    across = np.clip((y - after[0]) / np.maximum(after[1] - after[0], canvas.pixel), 0, 1)
    shift = (after - before)[0] * (1 - across) + (after - before)[1] * across
    distance = np.maximum(np.maximum(after[0] - y, y - after[1]), 0)
    shift = shift * np.clip(1 - (distance / LID_REACH) ** 2, 0, None) ** 3
    return np.where((shift != 0)[..., None], canvas.sample(image, x, y - shift), image)
