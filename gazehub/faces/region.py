"""The square part of a picture that a network is shown."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Region:
    """
    Args:
        center: (2,) in pixels of the picture, counted from its corner.
        side: in pixels.
        angle: radians, clockwise.
    """

    center: np.ndarray
    side: float
    angle: float

    @property
    def turn(self) -> np.ndarray:
        """(2, 2) from the region's axes to the picture's."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cosine, -sine], [sine, cosine]])

    def mirrored(self, width: int) -> Region:
        """The same region of the mirror image of a picture that is so many pixels wide."""
        return Region(np.array([width - self.center[0], self.center[1]]), self.side, -self.angle)

    def cut(self, picture: np.ndarray, side: int, border: int) -> np.ndarray:
        """The region as a (side, side, 3) picture, `border` (cv2's constant) beyond the picture's.

        By way of corners and a perspective warp, as MediaPipe: cv2's affine warp rounds otherwise, by enough to move
        landmarks by 0.01 eye widths.
        """
        corners = cv2.boxPoints((self.center, (self.side, self.side), np.degrees(self.angle)))
        targets = np.array([[0, side], [0, 0], [side, 0], [side, side]], np.float32)
        matrix = cv2.getPerspectiveTransform(corners, targets)
        return cv2.warpPerspective(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
