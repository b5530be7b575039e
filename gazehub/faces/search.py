"""How faces are found, whichever program looks: boxes in the whole picture, then a mesh in a square around each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import product

import cv2
import numpy as np

from gazehub.faces.face import Face, face_from_mesh
from gazehub.faces.square import halve, square_around

PICTURE_SIDE = 640  # pixels of the longer side, for the detectors
TILE, STEP = 512, 384  # pixels; parts of a picture in which small faces are looked for, and from one to the next
MOST_TILED = 12_000_000  # pixels: a larger picture is halved first
PROMINENT = 1 / 8  # of the picture's longer side: beside so large a face, small ones are not looked for
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
            One `Face` per face found, largest first; an empty list if there is none. Where none is prominent, small
            ones are looked for as well, which takes longer.
        """
        near = self.near(image)
        if near and near[0].side > PROMINENT * max(image.shape[:2]):
            return near
        known = [np.array(face.box) for face in near]
        return _distinct_faces(near + self._faces(image, _distinct_boxes(self._boxes_in_tiles(image), known)))

    def near(self, image: np.ndarray) -> list[Face]:
        """The same without the small ones, always quickly."""
        return _distinct_faces(self._faces(image, _distinct_boxes(self._boxes(image), [])))

    def _faces(self, image: np.ndarray, boxes: Iterable[np.ndarray]) -> list[Face]:
        return [face for box in boxes if (face := self._face(image, box)) is not None]

    def _boxes_in_tiles(self, image: np.ndarray) -> Iterator[np.ndarray]:
        """(4,) boxes in pixels of the image, in parts of it and of its half, quarter and so on."""
        level, times = image, 1
        while max(level.shape[:2]) > PICTURE_SIDE and min(level.shape[:2]) >= 2:
            height, width = level.shape[:2]
            if height * width <= MOST_TILED:
                for top, left in product(range(0, height, STEP), range(0, width, STEP)):
                    tile = level[top : top + TILE, left : left + TILE]
                    if min(tile.shape[:2]) > TILE - STEP:  # else all of it was seen in the tile before
                        corner = np.array([left, top, left, top])
                        yield from (times * (box + corner) for box in self.boxes(np.ascontiguousarray(tile)))
            level, times = halve(level), 2 * times

    def _boxes(self, image: np.ndarray) -> Iterator[np.ndarray]:
        """(4,) boxes in pixels of the image, which is looked at as a whole."""
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
        yield from (np.tile(pixel, 2) * box for box in self.boxes(small))

    def _face(self, image: np.ndarray, box: np.ndarray) -> Face | None:
        square = square_around(image, box)
        mesh = None if square is None else self.mesh(square.pixels)
        return None if mesh is None else face_from_mesh(square.to_picture(mesh))


def _distinct_boxes(boxes: Iterable[np.ndarray], known: list[np.ndarray]) -> Iterator[np.ndarray]:
    seen = list(known)
    for box in boxes:
        if not any(overlap(box, other) > SAME_BOX for other in seen):
            seen.append(box)
            yield box


def _distinct_faces(found: list[Face]) -> list[Face]:
    """Largest first."""
    faces: list[Face] = []
    for face in sorted(found, key=lambda face: -face.area):
        if not any(overlap(face.box, other.box) > SAME_FACE for other in faces):
            faces.append(face)
    return faces


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over the smaller of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return float(max(width, 0) * max(height, 0) / max(smaller, 1e-6))
