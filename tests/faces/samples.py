"""The pictures whose landmarks are compared with MediaPipe's own, and what is compared."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut

from gazehub.faces.face import Face

HOPPER = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"


def rolled(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Turned clockwise about its middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height))


def pictures() -> dict[str, np.ndarray]:
    """(H, W, 3) uint8 RGB by name."""
    portraits = {"astronaut": astronaut(), "hopper": np.asarray(Image.open(HOPPER).convert("RGB"))}
    made = {}
    for name, picture in portraits.items():
        made[name] = picture
        made[f"{name}, rolled"] = rolled(picture, 20)
        made[f"{name}, small"] = cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    both = np.full((600, 1100, 3), 128, np.uint8)
    both[:512, :512] = portraits["astronaut"]
    both[:600, 560:1072] = portraits["hopper"]
    return {**made, "both": both}


def digest(picture: np.ndarray) -> str:
    return hashlib.sha256(picture.tobytes()).hexdigest()


def points(face: Face) -> np.ndarray:
    """(2, 3, 2) outer corner, inner corner and iris of the image-left and the image-right eye, in pixels."""
    return np.array([[eye.opening[0], eye.opening[8], eye.iris] for eye in face.eyes])


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The farthest that a corner or an iris lies from where it is expected, in eye widths."""
    widths = np.linalg.norm(expected[:, 0] - expected[:, 1], axis=-1)
    return float((np.linalg.norm(found - expected, axis=-1) / widths[:, None]).max())
