"""The public interface: a portrait in, a `GazeOutput` out.

``portrait -> landmarks -> eye patches -> GazeModel -> fields -> pasted into the portrait``. Encode once, then correct,
redirect and animate cheaply.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from gazehub.encoding import Encoding
from gazehub.face_report import FaceReport, GazeOutput
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.files.images import load_image
from gazehub.limits import TOO_SMALL, TURNED_AWAY
from gazehub.model.modeling_gaze import GazeModel

BUNDLED_WEIGHTS = Path(__file__).parent / "weights"

Photo = str | os.PathLike | Image.Image | np.ndarray


class NoFaceError(ValueError):
    """The picture shows no face that can be worked on; the message says why."""


class GazePipeline:
    """Finds the eyes of a portrait, redraws them with a `GazeModel`, and pastes them back. Keeps no portrait.

    One pipeline may be shared between threads.

    Args:
        model: it is put into evaluation mode, and stays on its device.
    """

    def __init__(self, model: GazeModel) -> None:
        self.model = model.eval()
        self._lock = threading.Lock()
        self._landmarker: FaceLandmarker | None = None

    @classmethod
    def from_pretrained(
        cls,
        source: str | os.PathLike | None = None,
        revision: str | None = None,
        device: str | torch.device | None = None,
    ) -> GazePipeline:
        """Load weights; those that come with the package need no network.

        Args:
            source: a folder with config.json and diffusion_pytorch_model.safetensors, or a hub id, also as
                "id@revision"; None for the weights that come with the package.
            revision: branch, tag or commit of a hub id.
            device: for instance "cuda"; the CPU if None.

        Raises:
            WeightsError: nothing is there, or it is no GazeModel. Pickled weights are refused.
            ValueError: this machine has no such device.
        """
        model = GazeModel.from_pretrained(BUNDLED_WEIGHTS if source is None else source, revision=revision)
        try:
            return cls(model.to(device) if device is not None else model)
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"There is no device {device} here: {str(error).splitlines()[0]}") from error

    @property
    def landmarker(self) -> FaceLandmarker:
        with self._lock:
            if self._landmarker is None:
                self._landmarker = FaceLandmarker()
            return self._landmarker

    def encode(self, image: Photo) -> Encoding:
        """Find the faces and read their eyes, once for any number of changes.

        Args:
            image: a path, a PIL image, or an (H, W, 3) uint8 RGB array.

        Raises:
            ImageError: the picture can't be read.
            NoFaceError: it shows no face, or only faces that are too small or turned too far to the side.
        """
        encoding = self._encode(image)
        reasons = [face.skipped for face in encoding.faces]
        if all(reason in (TOO_SMALL, TURNED_AWAY) for reason in reasons):
            which = "The only face is" if len(reasons) == 1 else "All faces are"
            why = " or ".join(sorted(set(reasons)))
            raise NoFaceError(f"{which} {why}: the eyes can't be redrawn.")
        return encoding

    def inspect(self, image: Photo) -> list[FaceReport]:
        """The faces of a portrait, largest first, with why one can't be worked on. Raises as `encode`, except that a
        picture may show only faces that can't be worked on."""
        return self._encode(image).faces

    def correct(
        self, image: Photo, strength: float = 1.0, faces: str | Sequence[int] = "all", eyes: str = "both"
    ) -> GazeOutput:
        """Bring the gaze to the camera. Arguments as for `encode` and `Encoding.correct`."""
        return self.encode(image).correct(strength, faces, eyes)

    def redirect(
        self,
        image: Photo,
        yaw: float = 0.0,
        pitch: float = 0.0,
        faces: str | Sequence[int] = "all",
        eyes: str = "both",
    ) -> GazeOutput:
        """Turn the gaze to a direction. Arguments as for `encode` and `Encoding.redirect`."""
        return self.encode(image).redirect(yaw, pitch, faces, eyes)

    def animate(
        self, image: Photo, alphas: Sequence[float], faces: str | Sequence[int] = "all", eyes: str = "both"
    ) -> list[Image.Image]:
        """One frame per alpha. Arguments as for `encode` and `Encoding.animate`."""
        return self.encode(image).animate(alphas, faces, eyes)

    def _encode(self, image: Photo) -> Encoding:
        portrait = load_image(image)
        found = self.landmarker(np.asarray(portrait))
        if not found:
            raise NoFaceError(
                "No face was found. The face should look towards the camera, with both eyes in the picture, "
                "and not be tiny."
            )
        return Encoding(self.model, portrait, found, self.landmarker)
