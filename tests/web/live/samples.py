"""Photos on which the browser is compared with Python."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from gazehub.web.samples import FOLDER
from tests.faces.samples import pictures, rolled

LOOKING_AWAY = FOLDER / "looking_away.jpg"


def photos() -> dict[str, np.ndarray]:
    """(H, W, 3) uint8 RGB by name: rolled, small, two faces, one hidden, turned to a side, large; some look away."""
    made = pictures()
    hidden = made["both"].copy()
    hidden[60:150, 170:280] = 90  # something held before a face
    corners = np.float32([[0, 0], [512, 0], [512, 600], [0, 600]])
    moved = np.float32([[60, 40], [460, 0], [460, 600], [60, 560]])
    turned = cv2.warpPerspective(made["hopper"], cv2.getPerspectiveTransform(corners, moved), (512, 600))
    large = cv2.resize(made["astronaut"], (1900, 1900), interpolation=cv2.INTER_CUBIC)
    away = {name: np.asarray(Image.open(FOLDER / f"{name}.jpg").convert("RGB")) for name in ("two", "aside", "down")}
    away["aside, rolled"] = rolled(away["aside"], 20)
    return {**made, "one hidden": hidden, "turned": turned, "large": large, **away}
