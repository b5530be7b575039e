"""A landmarker on the mediapipe package itself: what `FaceLandmarker` is measured against."""

from __future__ import annotations

import os
import threading

import numpy as np

from gazehub.faces.search import FaceSearch
from gazehub.faces.square import SQUARE_SIDE


class MediaPipeLandmarker(FaceSearch):
    """Finds every face in an RGB image, largest first. Safe to share between threads (calls are serialised)."""

    def __init__(self) -> None:
        """
        Raises:
            ModuleNotFoundError: mediapipe is not installed.
        """
        os.environ.setdefault("GLOG_minloglevel", "2")
        try:
            from mediapipe.python.solutions import face_detection, face_mesh
        except ModuleNotFoundError as error:
            message = "MediaPipeLandmarker needs mediapipe 0.10.21: pip install 'gazehub[mediapipe]'"
            raise ModuleNotFoundError(message) from error
        self._lock = threading.Lock()
        self._detectors = [
            face_detection.FaceDetection(min_detection_confidence=0.5, model_selection=model) for model in (0, 1)
        ]
        self._mesh = face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=0.5
        )

    def boxes(self, picture: np.ndarray) -> list[np.ndarray]:
        sides = np.tile([picture.shape[1], picture.shape[0]], 2)
        found = []
        for detector in self._detectors:
            with self._lock:
                detections = detector.process(picture).detections or []
            for box in (detection.location_data.relative_bounding_box for detection in detections):
                found.append(np.array([box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height]) * sides)
        return found

    def mesh(self, square: np.ndarray) -> np.ndarray | None:
        with self._lock:
            found = self._mesh.process(square).multi_face_landmarks
        if not found:
            return None
        return np.array([(point.x, point.y, point.z) for point in found[0].landmark]) * SQUARE_SIDE
