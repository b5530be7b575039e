"""Where faces are: MediaPipe's BlazeFace detectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gazehub.faces.region import Region
from gazehub.onnx import open_network

SAME_FACE = 0.3  # intersection over union from which two boxes are one face


@dataclass(frozen=True)
class Grid:
    """Square cells over the picture, each with some boxes that start from its centre."""

    cells: int
    boxes: int


@dataclass(frozen=True)
class DetectorKind:
    """
    Args:
        network: name of the file.
        side: pixels of the square picture that the network sees.
        grids: what its outputs stand for, in their order.
        threshold: the score from which MediaPipe takes a box for a face.
    """

    network: str
    side: int
    grids: tuple[Grid, ...]
    threshold: float


# The short-range detector finds faces that fill the picture, the full-range one those that do not.
SHORT_RANGE = DetectorKind("face_detection_short_range.onnx", 128, (Grid(16, 2), Grid(8, 6)), 0.5)
FULL_RANGE = DetectorKind("face_detection_full_range_sparse.onnx", 192, (Grid(48, 1),), 0.6)


@dataclass(frozen=True)
class Detection:
    """A face in pixels of the picture, counted from its corner.

    Args:
        box: (4,) left, top, right, bottom.
        eyes: (2, 2) the image-left and the image-right eye.
        score: 0..1.
    """

    box: np.ndarray
    eyes: np.ndarray
    score: float


class FaceDetector:
    """One detector. Safe to share between threads."""

    def __init__(self, kind: DetectorKind, networks: Path) -> None:
        """
        Args:
            networks: the folder with the ONNX files.
        """
        self._kind = kind
        self._network = open_network(networks / kind.network)
        self._anchors = np.concatenate([_centers(grid) for grid in kind.grids])

    def __call__(self, picture: np.ndarray) -> list[Detection]:
        """
        Args:
            picture: (H, W, 3) uint8 RGB.

        Returns:
            The faces found, the surest first.
        """
        side = self._kind.side
        height, width = picture.shape[:2]
        region = Region(np.array([width, height]) / 2, max(height, width), 0.0)
        square = region.cut(picture, side, cv2.BORDER_CONSTANT)
        boxes, scores = self._network.run(None, {"image": square[None].astype(np.float32) * (2 / 255) - 1})
        likely = np.flatnonzero(scores >= self._kind.threshold)
        likely = likely[np.argsort(-scores[likely], kind="stable")]
        points = self._decode(boxes[likely], self._anchors[likely])
        faces = merge_boxes(points, scores[likely])
        return [_detection((face - 0.5) * region.side + region.center, score) for face, score in faces]

    def _decode(self, boxes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
        """(n, 16) outputs to (n, 8, 2) points in sides of the square: two corners of the box and six of the face."""
        points = boxes.reshape(-1, 8, 2) / self._kind.side
        center, half = points[:, 0] + anchors, points[:, 1] / 2
        corners = np.stack([center - half, center + half], axis=1)
        return np.concatenate([corners, points[:, 2:] + anchors[:, None]], axis=1)


def _centers(grid: Grid) -> np.ndarray:
    """(cells * cells * boxes, 2) where the boxes start from, in sides of the picture, row by row."""
    line = (np.arange(grid.cells, dtype=np.float32) + 0.5) / grid.cells
    centers = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return np.repeat(centers, grid.boxes, axis=0)


def merge_boxes(points: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Weighted non-maximum suppression: boxes that overlap the surest one are averaged with it, then the next.

    Args:
        points: (n, k, 2), the first two are opposite corners of a box; the surest first.
        scores: (n,).

    Returns:
        Averaged (k, 2) points and the best score of each face.
    """
    merged = []
    while len(points):
        near = _overlap_with_first(points[:, 0], points[:, 1]) > SAME_FACE
        near[0] = True
        weights = scores[near] / scores[near].sum()
        merged.append((np.tensordot(weights, points[near], axes=1), float(scores[0])))
        points, scores = points[~near], scores[~near]
    return merged


def _overlap_with_first(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(n,) intersection over union of each box with the first one."""
    common = np.maximum(0, np.minimum(high, high[0]) - np.maximum(low, low[0])).prod(axis=1)
    areas = (high - low).prod(axis=1)
    return common / (areas + areas[0] - common)


def _detection(points: np.ndarray, score: float) -> Detection:
    return Detection(points[:2].ravel(), points[2:4], score)
