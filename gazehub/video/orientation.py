"""How the pictures of a video are turned to stand upright."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np


@dataclass(frozen=True)
class Way:
    """How a picture must be turned to stand upright: first mirrored on its diagonal, then upside down, then left to
    right."""

    turned: bool = False
    upside_down: bool = False
    left_right: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Way:
        """As the rotation tag of a file says; angles between the right ones count as none."""
        tag = frame.side_data.get("DISPLAYMATRIX")
        if tag is None:
            return cls()
        a, b, _, c, d = np.frombuffer(tag, np.int32)[:5]  # x' = a x + c y, y' = b x + d y
        if abs(a) >= abs(c):
            return cls(False, bool(d < 0), bool(a < 0))
        return cls(True, bool(b < 0), bool(c < 0))

    def upright(self, picture: np.ndarray) -> np.ndarray:
        if self.turned:
            picture = picture.swapaxes(0, 1)
        return picture[:: -1 if self.upside_down else 1, :: -1 if self.left_right else 1]
