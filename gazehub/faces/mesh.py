"""What a face looks like closely: MediaPipe's attention mesh, 478 points with irises."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gazehub.faces.detector import Detection
from gazehub.faces.region import Region
from gazehub.onnx import open_network

NETWORK = "face_landmark_with_attention.onnx"
SIDE = 192  # pixels of the square that the network sees
REGION_SCALE = 1.5  # sides of the face's box, as a detector draws it
MESH_REGION_SCALE = 1.35  # the same of a mesh's box, which is larger: eyes are then read as after a detector
MIN_PRESENCE = 0.5
LEFT_OUTER_CORNER, RIGHT_OUTER_CORNER = 33, 263


def region_of_detection(detection: Detection) -> Region:
    return _region(detection.box[:2], detection.box[2:], detection.eyes, REGION_SCALE)


def region_of_mesh(mesh: np.ndarray) -> Region:
    """Where a face with this (478, 3) mesh is to be looked for in the next picture."""
    points = mesh[:, :2]
    return _region(
        points.min(axis=0), points.max(axis=0), points[[LEFT_OUTER_CORNER, RIGHT_OUTER_CORNER]], MESH_REGION_SCALE
    )


def _region(low: np.ndarray, high: np.ndarray, eyes: np.ndarray, scale: float) -> Region:
    """The square around a box, turned as the line from the image-left to the image-right eye is."""
    across = eyes[1] - eyes[0]
    side = scale * float(max(high - low))
    return Region((low + high) / 2, side, float(np.arctan2(across[1], across[0])))


class AttentionMesh:
    """The mesh network. Safe to share between threads."""

    def __init__(self, networks: Path) -> None:
        """
        Args:
            networks: the folder with the ONNX files.
        """
        self._network = open_network(networks / NETWORK)

    def __call__(self, picture: np.ndarray, region: Region) -> np.ndarray | None:
        """
        Args:
            picture: (H, W, 3) uint8 RGB.

        Returns:
            (478, 3) in pixels of the picture, counted from its corner, z in the same unit; None if there is no face.
        """
        square = region.cut(picture, SIDE, cv2.BORDER_REPLICATE)
        mesh, presence = self._network.run(None, {"image": square[None].astype(np.float32) * (1 / 255)})
        if presence[0] < MIN_PRESENCE:
            return None
        mesh = mesh.astype(np.float64)
        pixel = region.side / SIDE
        points = (mesh[:, :2] - SIDE / 2) * pixel @ region.turn.T + region.center
        return np.column_stack([points, mesh[:, 2] * pixel])
