"""The lids of an eye patch: where they are, how they follow the gaze, and the skin that moves with them."""

from __future__ import annotations

import cv2
import numpy as np

from train.corpus.canvas import Canvas, smoothstep

# Motion of the lids per vertical motion of the iris, below and above straight ahead. Fitted so that landmarks, which
# understate lids and irises alike, read the same ratio on turned eyes as on portraits and films of people.
UPPER_LID_DOWN, UPPER_LID_UP, LOWER_LID = 0.85, 0.75, 0.28
LEVEL = -0.05  # gaze offset of an eye that looks straight ahead
LID_PEAK = -0.03  # where along the eye a lid moves most: a little to the outer corner
# Turned to the inner corner the upper lid sinks a little, and its highest point goes along: per horizontal motion.
UPPER_LID_INWARD, UPPER_LID_TILT = 0.15, -0.3
LASHES = 0.07  # eye widths beside a lid's edge that move with it as one
LID_REACH = 0.36  # eye widths of skin that stretch when a lid moves
DRAWN_IN = (0.024, 0.015)  # eye widths by which lashes and lid rims reach into the opening, above and below
EDGE_SOFTNESS = 0.013  # eye widths


def lids_of(opening: np.ndarray, canvas: Canvas) -> np.ndarray:
    """(2, W) heights of the upper and the lower lid per column of the patch, from the (16, 2) contour; eye widths."""
    rims = opening[[0, *range(15, 7, -1)]], opening[:9]
    columns = canvas.x[0]
    lids = np.float32([np.interp(columns, np.maximum.accumulate(rim[:, 0]), rim[:, 1]) for rim in rims])
    sigma = 0.028 * canvas.scale
    lids = cv2.GaussianBlur(lids, (2 * round(2.7 * sigma) + 1, 1), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.stack([lids.min(0), lids[1]])


def moved_lids(
    lids: np.ndarray, canvas: Canvas, iris: np.ndarray, displacement: np.ndarray, follow: float = 1.0
) -> np.ndarray:
    """The lids after the iris moved; the opening keeps at least a third of its height.

    Args:
        lids: (2, W), frame coordinates.
        iris: (2,) its centre before.
        displacement: (2,) its motion.
        follow: how much of what lids usually do these lids do.
    """
    x = canvas.x[0]
    share = np.clip(1 - ((x - LID_PEAK) / 0.5) ** 2, 0, None).astype(np.float32)
    share = cv2.GaussianBlur(share[None], (0, 0), 0.03 * canvas.scale)[0]  # no kink at the corners
    heights = np.array([iris[1], iris[1] + displacement[1]]) - LEVEL
    rise = np.diff(np.where(heights > 0, UPPER_LID_DOWN, UPPER_LID_UP) * heights)[0]
    sideways = displacement[0] * (UPPER_LID_INWARD + UPPER_LID_TILT * x)
    upper = lids[0] + follow * share * (rise + sideways)
    lower = lids[1] + follow * share * LOWER_LID * displacement[1]
    return np.float32([np.minimum(upper, lower - (lids[1] - lids[0]) / 3), lower])


def depth(y: np.ndarray, lid: np.ndarray, canvas: Canvas) -> np.ndarray:
    """How far below a lid's edge, eye widths."""
    return (y - lid) / np.hypot(1, np.gradient(lid, canvas.pixel))


def opening_mask(lids: np.ndarray, canvas: Canvas, drawn_in: tuple[float, float]) -> np.ndarray:
    """Soft mask of the opening, drawn in by so many eye widths at the upper and the lower lid."""
    below, above = depth(canvas.y, lids[0], canvas), -depth(canvas.y, lids[1], canvas)
    inside = np.minimum(below - drawn_in[0], above - drawn_in[1])
    return canvas.blur(np.clip(inside * canvas.scale + 0.5, 0, 1).astype(np.float32), EDGE_SOFTNESS)


def warp_skin(image: np.ndarray, before: np.ndarray, after: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Carry the lids from `before` to `after`.

    The edge of a lid moves with its lashes as one; the skin beyond, the crease in it, stretches or folds, and is still
    past `LID_REACH`.
    """
    x, y = canvas.x, canvas.y
    across = np.clip((y - after[0]) / np.maximum(after[1] - after[0], canvas.pixel), 0, 1)
    shift = (after - before)[0] * (1 - across) + (after - before)[1] * across
    distance = np.maximum(np.maximum(after[0] - y, y - after[1]), 0)
    shift = shift * smoothstep((LID_REACH - distance) / (LID_REACH - LASHES))
    return np.where((shift != 0)[..., None], canvas.sample(image, x, y - shift), image)
