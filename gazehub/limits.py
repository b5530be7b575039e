"""Which faces are left alone, and why; and how far the eyes of the others are turned."""

from __future__ import annotations

import math

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import CAMERA_BAND, angle_code_to_residual, residual_size

CLOSED_BELOW = 0.12  # openness, eye widths
SMALLEST_EYE = 8.0  # pixels
YAW_FADE_START, YAW_LIMIT = 36.0, 42.0  # degrees of head yaw: the motion is whole below, and none above
TURN_FADE_START, TURN_LIMIT = 90.0, 104.0  # the same for 1.5 times the yaw plus the turn of the eyes into the lens
# Residuals, eye widths. Readings of people who look into the lens scatter so far: up to the first nothing is to be
# corrected, and eyes keep their own pixels; from the second on, the edge of the X band, they keep none.
AT_LENS, OFF_LENS = 0.0225, CAMERA_BAND

EYES_CLOSED, EYES_HIDDEN, TOO_SMALL = "eyes closed", "eyes hidden", "too small"
TURNED_AWAY, NOT_SELECTED = "turned too far to the side", "not selected"


def skip_reason(face: Face) -> str | None:
    """Why the eyes of a face can't be redrawn, or None if they can."""
    if abs(face.yaw) > YAW_LIMIT:  # first, for the far eye of a profile is small, too
        return TURNED_AWAY
    if min(eye.frame.width for eye in face.eyes) < SMALLEST_EYE:
        return TOO_SMALL
    return EYES_CLOSED if min(eye.openness for eye in face.eyes) < CLOSED_BELOW else None


def smoothstep(x: float) -> float:
    """0 up to x = 0, 1 from x = 1 on, smooth in between."""
    x = min(max(float(x), 0.0), 1.0)
    return x * x * (3 - 2 * x)


def reach(yaw: float, turn: tuple[float, float]) -> float:
    """The share of a motion to make with the eyes of a head at a yaw, whose gaze is so many degrees of yaw and pitch
    off the lens: far to the side faces are misread, and eyes that must turn far too are drawn badly, so do less."""
    sideways = (abs(yaw) - YAW_FADE_START) / (YAW_LIMIT - YAW_FADE_START)
    together = (1.5 * abs(yaw) + math.hypot(*turn) - TURN_FADE_START) / (TURN_LIMIT - TURN_FADE_START)
    return (1 - smoothstep(sideways)) * (1 - smoothstep(together))


def need_of_correction(
    gaze: np.ndarray | tuple[float, float], at_lens: float = AT_LENS, off_lens: float = OFF_LENS
) -> float:
    """How much of a correction a face needs, from its (2,) angle code: 0 where it looks into the lens, as far as can
    be told, 1 where it looks elsewhere.

    Args:
        at_lens, off_lens: residuals, eye widths: up to the first one no correction is needed, from the second on all.
    """
    size = residual_size(angle_code_to_residual(gaze))
    return smoothstep((size - at_lens) / (off_lens - at_lens))
