"""Faces in a portrait. MediaPipe behind one small class."""

from __future__ import annotations

import os
import threading

import cv2
import numpy as np

from gazehub.faces.face import Face, face_from_mesh

MESH_SIDE = 320  # pixels; the mesh network itself sees 192 x 192


class FaceLandmarker:
    """Finds every face in an RGB image, largest first. Safe to share between threads (calls are serialised)."""

    def __init__(self) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.python.solutions import face_detection, face_mesh

        self._lock = threading.Lock()
        # The short-range detector finds faces that fill the picture, the full-range one those that do not.
        self._detectors = [
            face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=model) for model in (0, 1)
        ]
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.5
        )

    def __call__(self, image: np.ndarray) -> list[Face]:
        """
        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            One `Face` per face found, largest first; an empty list if there is none.
        """
        with self._lock:
            meshes = [self._landmarks(image, box) for box in self._boxes(image)]
        faces: list[Face] = []
        found = (face_from_mesh(mesh) for mesh in meshes if mesh is not None)
        for face in sorted(found, key=lambda face: -face.area):
            if not any(_overlap(face.box, other.box) > 0.3 for other in faces):
                faces.append(face)
        return faces

    def _boxes(self, image: np.ndarray) -> list[np.ndarray]:
        height, width = image.shape[:2]
        scale = min(1.0, 640 / max(height, width))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
        boxes: list[np.ndarray] = []
        for detector in self._detectors:
            for detection in detector.process(small).detections or []:
                rel = detection.location_data.relative_bounding_box
                box = np.array([rel.xmin, rel.ymin, rel.xmin + rel.width, rel.ymin + rel.height])
                box = box * [width, height, width, height]
                if not any(_overlap(box, other) > 0.4 for other in boxes):
                    boxes.append(box)
        return boxes

    def _landmarks(self, image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
        """(478, 3) mesh in portrait pixels, from a square crop about twice the detected box."""
        center, side = (box[:2] + box[2:]) / 2, 2.0 * max(box[2:] - box[:2])
        if side < 8:
            return None
        scale = MESH_SIDE / side
        matrix = np.array(
            [[scale, 0, MESH_SIDE / 2 - scale * center[0]], [0, scale, MESH_SIDE / 2 - scale * center[1]]]
        )
        reduction = max(1, int(1 / scale))
        source = image
        if reduction > 1:
            low = np.maximum(np.floor(center - side / 2).astype(int), 0)
            high = np.ceil(center + side / 2).astype(int)
            source = image[low[1] : high[1], low[0] : high[0]]
            size = (max(1, source.shape[1] // reduction), max(1, source.shape[0] // reduction))
            factor = np.array([source.shape[1] / size[0], source.shape[0] / size[1]])
            source = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
            matrix = np.column_stack([matrix[:, :2] * factor, matrix[:, 2] + matrix[:, :2] @ low])
        square = cv2.warpAffine(source, matrix, (MESH_SIDE, MESH_SIDE), flags=cv2.INTER_LINEAR)
        found = self._mesh.process(square).multi_face_landmarks
        if not found:
            return None
        mesh = np.array([(point.x, point.y, point.z) for point in found[0].landmark]) * MESH_SIDE
        # MediaPipe's pixel coordinates count from a corner, ours from the centre of the first pixel.
        mesh[:, :2] = (mesh[:, :2] - MESH_SIDE / 2) / scale + center - 0.5
        mesh[:, 2] /= scale
        return mesh


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over the smaller of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return float(max(width, 0) * max(height, 0) / max(smaller, 1e-6))
