"""Portraits whose eyes were turned by a known motion, without a network: what a reader must follow."""

from __future__ import annotations

import cv2
import numpy as np

from gazehub.faces.face import Eye, Face
from gazehub.gaze import to_canonical
from train.corpus.rotate_eyeball import Eyeball

SPAN = (2.1, 1.5)  # eye widths of the patch that is turned
LARGEST_SCALE = 120.0  # pixels per eye width


class TurnablePortrait:
    """A portrait with both eyes of a face taken apart, to be turned many times.

    Args:
        pixels: (H, W, 3) uint8 RGB.

    Raises:
        EyeballError: an eye shows too little to be turned.
    """

    def __init__(self, pixels: np.ndarray, face: Face) -> None:
        self.pixels, self.face = pixels, face
        self._eyes = [_TurnableEye(pixels, eye) for eye in face.eyes]

    def turned(self, displacement: np.ndarray, follow: float = 1.0) -> np.ndarray:
        """(H, W, 3) uint8 the portrait with both irises moved.

        Args:
            displacement: (2,) eye widths, + to the picture's right and down.
            follow: how much of what lids usually do these lids do.

        Raises:
            EyeballError: too little of an iris would be visible.
        """
        picture = self.pixels.astype(np.float32)
        for eye in self._eyes:
            picture += eye.change(to_canonical(displacement, eye.eye.mirrored), picture.shape[:2], follow)
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


class _TurnableEye:
    def __init__(self, pixels: np.ndarray, eye: Eye) -> None:
        self.eye, width = eye, eye.frame.width
        self.scale = min(width, LARGEST_SCALE)
        self.size = [2 * round(span * self.scale / 2) for span in SPAN]
        self._matrix = patch_matrix(eye, self.scale, self.size)
        flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        patch = cv2.warpAffine(pixels, self._matrix, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        opening = eye.frame.to_frame(eye.opening)
        self._patch = patch
        self._ball = Eyeball.of(patch, opening, eye.offset, eye.iris_radius / width, self.scale)

    def change(self, displacement: np.ndarray, shape: tuple[int, int], follow: float) -> np.ndarray:
        """(H, W, 3) float32 what turning adds to the portrait."""
        change = self._ball.turned(displacement, follow).astype(np.float32) - self._patch
        return cv2.warpAffine(change, self._matrix, shape[::-1], flags=cv2.INTER_LINEAR)


def patch_matrix(eye: Eye, scale: float, size: tuple[int, int]) -> np.ndarray:
    """(2, 3) from the pixels of a patch around the eye's frame to the portrait's."""
    axes = eye.frame.matrix / scale
    return np.column_stack([axes, eye.frame.center - axes @ ((np.array(size) - 1) / 2)])
