"""Reflections of lamps on the cornea: found, and taken off the iris."""

from __future__ import annotations

import cv2
import numpy as np

from train.corpus.canvas import Canvas
from train.corpus.eyeball import LUMA, Disc, radial_mean


def split_glints(image: np.ndarray, visible: np.ndarray, disc: Disc, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Separate the reflections of lamps from the iris: the image without them, and the reflections alone."""
    distance = canvas.distance(disc.center)
    luma = image @ LUMA
    around = cv2.medianBlur(np.clip(luma, 0, 255).astype(np.uint8), _odd(0.17 * canvas.scale)).astype(np.float32)
    inside = (distance < disc.radius) & (visible > 0.6)
    core = inside & (distance < 0.8 * disc.radius) & (luma - np.maximum(around, np.median(luma[inside])) > 34)
    grown = _odd(0.094 * canvas.scale)
    region = cv2.dilate(core.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grown, grown))) > 0
    usable = inside & ~region
    if not core.any() or not usable.any():
        return image, np.zeros_like(image)
    weight = usable.astype(np.float32)
    near = canvas.blur(np.dstack([image * weight[..., None], weight]), 0.03)
    local, trust = near[..., :3] / np.maximum(near[..., 3:], 1e-3), np.clip(near[..., 3:] / 0.15, 0, 1)
    radial = radial_mean(image, weight, distance, canvas)
    filled = trust * np.minimum(local, radial) + (1 - trust) * radial  # the darker of both keeps the pupil round
    region = (region & (distance < disc.radius) & (visible > 0.3)).astype(np.float32)
    glints = canvas.blur(region, 0.013)[..., None] * np.maximum(image - filled, 0)
    return image - glints, glints


def _odd(size: float) -> int:
    """The odd number next to `size`."""
    return 2 * int(size / 2) + 1
