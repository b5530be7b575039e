"""How faces are found, whichever program looks: boxes in the whole picture, then a mesh in a square around each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from gazehub.faces.face import Face, face_from_mesh
from gazehub.faces.square import halve, square_around

PICTURE_SIDE = 640  # pixels of the longer side, for the detectors
SAME_BOX, SAME_FACE = 0.4, 0.3  # intersection over the smaller box


class FaceSearch(ABC):
    """Finds every face in an RGB image, largest first. Safe to share between threads."""

    @abstractmethod
    def boxes(self, picture: np.ndarray) -> Iterable[np.ndarray]:
        """
        Args:
            picture: (H, W, 3) uint8 RGB, at most 640 pixels wide and high.

        Returns:
            (4,) left, top, right, bottom of what may be faces, in pixels; a face may be there more than once. Each is
            looked at before the next is asked for.
        """

    @abstractmethod
    def mesh(self, square: np.ndarray) -> np.ndarray | None:
        """
        Args:
            square: (320, 320, 3) uint8 RGB with a face in the middle.

        Returns:
            (478, 3) attention mesh in pixels of the square, counted from its corner; None if there is no face.
        """

    def __call__(self, image: np.ndarray) -> list[Face]:
        """
        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            One `Face` per face found, largest first; an empty list if there is none.
        """
        found = [face for box in self._distinct_boxes(image) if (face := self._face(image, box)) is not None]
        faces: list[Face] = []
        for face in sorted(found, key=lambda face: -face.area):
            if not any(overlap(face.box, other.box) > SAME_FACE for other in faces):
                faces.append(face)
        return faces

    def _distinct_boxes(self, image: np.ndarray) -> Iterator[np.ndarray]:
        """(4,) boxes in pixels of the image."""
        halved, times = image, 1
        while max(halved.shape[:2]) >= 2 * PICTURE_SIDE and min(halved.shape[:2]) >= 2:
            halved, times = halve(halved), 2 * times
        scale = min(1.0, PICTURE_SIDE / max(halved.shape[:2]))
        if round(min(halved.shape[:2]) * scale) < 1:
            return  # too thin for a face
        # The mean over every pixel is slow: where halving has done most of the work, two of a row will do.
        interpolation = cv2.INTER_AREA if times == 1 else cv2.INTER_LINEAR
        small = cv2.resize(halved, None, fx=scale, fy=scale, interpolation=interpolation) if scale < 1 else halved
        pixel = times * np.array([halved.shape[1] / small.shape[1], halved.shape[0] / small.shape[0]])
        boxes: list[np.ndarray] = []
        for box in (np.tile(pixel, 2) * box for box in self.boxes(small)):
            if not any(overlap(box, other) > SAME_BOX for other in boxes):
                boxes.append(box)
                yield box

    def _face(self, image: np.ndarray, box: np.ndarray) -> Face | None:
        square = square_around(image, box)
        mesh = None if square is None else self.mesh(square.pixels)
        return None if mesh is None else face_from_mesh(square.to_picture(mesh))


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over the smaller of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return float(max(width, 0) * max(height, 0) / max(smaller, 1e-6))
