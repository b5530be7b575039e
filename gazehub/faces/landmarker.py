"""The landmarker that gazehub brings along: MediaPipe's networks in onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np

from gazehub.faces.detector import FULL_RANGE, SHORT_RANGE, FaceDetector
from gazehub.faces.face import Face, face_from_mesh, face_from_mirrored, mean_face
from gazehub.faces.mesh import AttentionMesh, region_of_detection, region_of_mesh
from gazehub.faces.search import FaceSearch
from gazehub.faces.square import SQUARE_SIDE, square_around
from gazehub.onnx import usable_cores

NETWORKS = Path(__file__).parent / "networks"


class FaceLandmarker(FaceSearch):
    """Finds every face in an RGB image, largest first. Safe to share between threads."""

    def __init__(self, threads: int | None = None) -> None:
        """
        Args:
            threads: with more than one, the slower detector works while what the quicker one found is looked at; the
                networks are so small that a second thread in one of them only costs. None for as many as there are
                cores.
        """
        self._threads = threads or usable_cores()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="full range")  # its thread starts when needed

    # Opened when first needed, since that takes as long as finding several faces. Should two threads need one at the
    # same time, it is opened twice and one of the two is kept.

    @cached_property
    def _short_range(self) -> FaceDetector:
        return FaceDetector(SHORT_RANGE, NETWORKS)

    @cached_property
    def _full_range(self) -> FaceDetector:
        return FaceDetector(FULL_RANGE, NETWORKS)

    @cached_property
    def _attention_mesh(self) -> AttentionMesh:
        return AttentionMesh(NETWORKS)

    def boxes(self, picture: np.ndarray) -> Iterator[np.ndarray]:
        if self._threads == 1:
            yield from (found.box for detector in (self._short_range, self._full_range) for found in detector(picture))
            return
        full_range = self._pool.submit(self._full_range, picture)
        yield from (found.box for found in self._short_range(picture))
        yield from (found.box for found in full_range.result())

    def mesh(self, square: np.ndarray) -> np.ndarray | None:
        # As MediaPipe's FaceMesh does: a detector of its own says where exactly, and how the head is rolled.
        found = self._short_range(square)
        return self._attention_mesh(square, region_of_detection(found[0])) if found else None

    def follow(self, image: np.ndarray, face: Face) -> Face | None:
        """The same face in the next picture of a film, without a detector.

        Args:
            image: (H, W, 3) uint8 RGB.
            face: as found in the picture before.

        Returns:
            None if the face is no longer near where it was.
        """
        square = square_around(image, face.box)
        if square is None:
            return None
        mesh = self._attention_mesh(square.pixels, region_of_mesh(square.from_picture(face.mesh)))
        return None if mesh is None else face_from_mesh(square.to_picture(mesh))

    def look_again(self, image: np.ndarray, face: Face) -> Face | None:
        """The mean of a face and what its mirror image shows: landmarks tremble apart in the two.

        Args:
            image: (H, W, 3) uint8 RGB.
            face: as found in this picture.

        Returns:
            None if no face is seen in the mirror image.
        """
        square = square_around(image, face.box)
        if square is None:
            return None
        region = region_of_mesh(square.from_picture(face.mesh)).mirrored(SQUARE_SIDE)
        mesh = self._attention_mesh(np.ascontiguousarray(square.pixels[:, ::-1]), region)
        if mesh is None:
            return None
        mesh[:, 0] = SQUARE_SIDE - mesh[:, 0]
        return mean_face(face, face_from_mirrored(square.to_picture(mesh)))
