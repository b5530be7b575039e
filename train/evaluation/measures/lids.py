"""Do lids follow the gaze? Real eyes close a little as they look down and open as they look up."""

from __future__ import annotations

import numpy as np

LEAST_MOTION = 0.015  # residuals; a smaller vertical motion tells nothing
# Openness (eye widths) per vertical residual by the independent reader, between 1,180 portraits that look straight
# ahead, up and down, heads turned less than 18 degrees.
REAL_SLOPE = -0.39


def slope(vertical: np.ndarray, openness: np.ndarray) -> float:
    """Openness (eye widths) per residual, robustly: outliers beyond three spreads are left out."""
    vertical, openness = np.asarray(vertical, np.float64), np.asarray(openness, np.float64)
    kept = np.ones(len(vertical), bool)
    for _ in range(5):
        gradient, level = np.polyfit(vertical[kept], openness[kept], 1)
        off = openness - level - gradient * vertical
        kept = np.abs(off) < 3 * max(1.4826 * np.median(np.abs(off)), 1e-6)
    return float(gradient)


def summarize_lids(vertical: np.ndarray, openness: np.ndarray) -> dict:
    """
    Args:
        vertical, openness: (2, N) residuals and openness of eyes that were moved, before and after.

    Returns:
        `drawn`: openness per vertical residual of the motions that were drawn; `follows`: that over `REAL_SLOPE`, 1 if
        lids follow as on real people.
    """
    moved, opened = vertical[1] - vertical[0], openness[1] - openness[0]
    enough = np.abs(moved) > LEAST_MOTION
    if enough.sum() < 8:
        return {"not measured": "too few eyes moved up or down"}
    drawn = slope(moved[enough], opened[enough])
    return {"eyes": int(enough.sum()), "drawn": round(drawn, 3), "follows": round(drawn / REAL_SLOPE, 2)}
