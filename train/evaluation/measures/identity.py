"""Is it still the same person? The distance between face embeddings before and after."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

JPEG_QUALITY = 90  # re-saving a photo at this quality is the yardstick


class MissingNetwork(ImportError):
    """The embedding network is not installed; the message says how to get it."""


class FaceEmbedder:
    """dlib's 128-d face embedding (King 2017), which training never saw.

    Raises:
        MissingNetwork: the packages `dlib-bin` and `face_recognition_models` are not installed.
    """

    def __init__(self) -> None:
        networks = find_spec("face_recognition_models")  # not imported: it needs a setuptools of old
        if find_spec("dlib") is None or networks is None:
            raise MissingNetwork("identity needs its network: pip install dlib-bin face_recognition_models")
        import dlib

        folder = Path(networks.origin).parent / "models"
        self._shape = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))
        self._rectangle = dlib.rectangle

    def __call__(self, image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
        """(128,) embedding of the face in `box` of an (H, W, 3) uint8 picture."""
        image = np.ascontiguousarray(image)
        rectangle = self._rectangle(*(int(round(value)) for value in box))
        return np.array(self._network.compute_face_descriptor(image, self._shape(image, rectangle)))


def resaved(image: np.ndarray) -> np.ndarray:
    """The same picture through JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return np.asarray(Image.open(buffer))


def identity_distances(embed: FaceEmbedder, before: np.ndarray, after: np.ndarray, box: tuple) -> tuple[float, float]:
    """Euclidean distance of the embeddings before and after, and before and re-saved."""
    first = embed(before, box)
    return tuple(float(np.linalg.norm(first - embed(other, box))) for other in (after, resaved(before)))
