"""The pictures that are measured: (H, W, 3) uint8 RGB arrays, from installed packages."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut

from gazehub import GazePipeline
from gazehub.files.images import sample_photo

SIDE, LARGE_SIDE = 512, 4000
CAMERA, AVERTED, LARGER_EYES = "at camera", "averted", "larger eyes"
LARGE, LARGE_AVERTED = "4,000 px", "4,000 px averted"
ENLARGED = {LARGE: LARGER_EYES, LARGE_AVERTED: AVERTED}  # from which; enlarged, they are read alike, so the work is


def pictures(pipe: GazePipeline) -> dict[str, np.ndarray]:
    """One face each. The averted one is the first with its gaze turned by 20 degrees."""
    camera, sample = astronaut(), np.array(Image.open(sample_photo()).convert("RGB"))
    small = {
        CAMERA: camera,
        AVERTED: np.array(pipe.redirect(camera, 20, 0).image),
        LARGER_EYES: _resized(sample[60:420, 80:440], SIDE),  # head and shoulders
    }
    return small | {name: _resized(small[source], LARGE_SIDE) for name, source in ENLARGED.items()}


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
