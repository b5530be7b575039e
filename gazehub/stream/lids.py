"""Lids that close keep their own pixels: what is drawn then shows between them alone.

The networks move the lids with the eye, which is right where somebody looks down for a while and wrong in the frames
of a blink: half-closed lids would be raised.
"""

from __future__ import annotations

import cv2
import numpy as np

from gazehub.eye_frame import eye_box
from gazehub.faces.face import Eye

SOFT = 0.03  # eye widths of the edge along the lids
SHIFT = 4  # bits of a pixel's fraction


def keep_lids(before: np.ndarray, drawn: np.ndarray, eye: Eye, share: float) -> None:
    """Put the pixels outside the lids of an eye back, in place.

    Args:
        before, drawn: (H, W, 3) uint8 RGB.
        eye: as found in this frame.
        share: 0 (nothing is put back) to 1.
    """
    left, top, right, bottom = eye_box(eye.frame)
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, drawn.shape[1]), min(bottom, drawn.shape[0])
    if left >= right or top >= bottom or share == 0:
        return
    inside = np.zeros((bottom - top, right - left), np.float32)
    outline = np.rint((eye.opening - [left, top]) * 2**SHIFT).astype(np.int32)
    cv2.fillPoly(inside, [outline], 1.0, cv2.LINE_8, SHIFT)
    inside = cv2.GaussianBlur(inside, (0, 0), max(SOFT * eye.frame.width, 0.5))[..., None]
    old, new = before[top:bottom, left:right], drawn[top:bottom, left:right]
    new[:] = np.rint(new + share * (1 - inside) * (old.astype(np.float32) - new)).astype(np.uint8)
