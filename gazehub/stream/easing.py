"""Easing in time: constants are seconds, so that films of any frame rate come out alike."""

from __future__ import annotations

import math

import numpy as np

DEAD_BAND = 0.002  # eye widths: a target that moves less stays where it is
SMALL_CHANGE = 0.025  # eye widths: a target that is this far off is followed fast
SLOW, FAST = 0.17, 0.05  # seconds
YOUNGEST = 0.01  # seconds that the first sight of something counts for
UNSEEN_SHARE = 0.005  # nobody sees a change that is so much weaker or stronger


def ease(value: np.ndarray, wanted: np.ndarray, seconds: float, constant: float) -> np.ndarray:
    """Where a value is after some seconds on its way to another; `constant` is the time in which 63 % is made up."""
    return value + (1 - math.exp(-seconds / constant)) * (wanted - value)


def ease_share(share: float, wanted: float, seconds: float, constant: float) -> float:
    """The same for a share of something, which arrives."""
    share = float(ease(share, wanted, seconds, constant))
    return float(wanted) if abs(share - wanted) < UNSEEN_SHARE else share


def ease_target(value: np.ndarray, wanted: np.ndarray, seconds: float, age: float = math.inf) -> np.ndarray:
    """The same for a (2,) point in eye widths: what trembles is held, what drifts is followed slowly, what jumps
    fast.

    Args:
        age: for how many seconds it has been followed; a young one is the mean of what was seen so far.
    """
    change = wanted - value
    size = float(np.hypot(*change))
    if size <= DEAD_BAND:
        return value
    followed = 1 - math.exp(-seconds / (SLOW if size < SMALL_CHANGE else FAST))
    of_the_mean = seconds / (seconds + age + YOUNGEST)
    return value + max(followed, of_the_mean) * (1 - DEAD_BAND / size) * change
