"""The public interface: a portrait in, a `GazeOutput` out.

``portrait -> faces -> read -> aim -> draw``. Encode once, then correct, redirect and animate cheaply.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Sequence
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from gazehub.arguments import shown
from gazehub.encoding import Encoding
from gazehub.face_report import FaceReport, GazeOutput
from gazehub.faces.face import Face
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.frames import Frames
from gazehub.limits import TOO_SMALL, TURNED_AWAY
from gazehub.model.networks import Networks
from gazehub.model.runtime import networks_of, open_networks
from gazehub.portrait import Photo, Portrait
from gazehub.read import FaceReading, Reading, looks_away, read, read_again, within_reach
from gazehub.stream.stream import GazeStream

if TYPE_CHECKING:
    import torch

    from gazehub.model.modeling_gaze import GazeModel

Landmarker = Callable[[np.ndarray], list[Face]]


class NoFaceError(ValueError):
    """The picture shows no face that can be worked on; the message says why.

    Attributes:
        faces: what was found all the same, largest first.
    """

    def __init__(self, message: str, faces: Sequence[FaceReport] = ()) -> None:
        super().__init__(message)
        self.faces = list(faces)


class GazePipeline:
    """Finds the eyes of a portrait, redraws them, and pastes them back. Keeps no portrait.

    One pipeline may be shared between threads.

    Args:
        model: a `GazeModel`, which is put into evaluation mode and stays on its device, or any other `Networks`.
        landmarker: what finds the faces in (H, W, 3) uint8 RGB pixels, largest first; None for `FaceLandmarker`.
        threads: for the landmark networks; None for as many as pay.
    """

    def __init__(
        self, model: GazeModel | Networks, landmarker: Landmarker | None = None, threads: int | None = None
    ) -> None:
        self.networks = networks_of(model)
        self._landmarker, self._threads, self._lock = landmarker, threads, threading.Lock()

    @classmethod
    def from_pretrained(
        cls,
        source: str | os.PathLike | None = None,
        revision: str | None = None,
        device: str | torch.device | None = None,
        landmarker: Landmarker | None = None,
        threads: int | None = None,
    ) -> GazePipeline:
        """Load weights; those that come with the package need no network.

        On the CPU they run as ONNX and nothing imports torch. On another device, or where the source has no `onnx/`,
        they run in torch, which needs the extra `gazehub[torch]`.

        Args:
            source: a folder with config.json and diffusion_pytorch_model.safetensors, or a hub id, also as
                "id@revision"; None for the weights that come with the package; "clean" for the others that do, whose
                training data allow any use.
            revision: branch, tag or commit of a hub id.
            device: for instance "cuda"; the CPU if None.
            landmarker: as for the class.
            threads: of the processor to use; None for as many as pay.

        Raises:
            WeightsError: nothing is there, or it is no GazeModel. Pickled weights are refused.
            ValueError: this machine has no such device, or there can't be so many threads.
        """
        if threads is not None and not (isinstance(threads, Integral) and threads >= 1):
            raise ValueError(f"threads must be a whole number from 1 on, or None, not {shown(threads)}.")
        return cls(open_networks(source, revision, device, threads), landmarker, threads)

    @property
    def landmarker(self) -> Landmarker:
        with self._lock:
            if self._landmarker is None:
                self._landmarker = FaceLandmarker(self._threads)
            return self._landmarker

    @property
    def camera_coefficients(self) -> np.ndarray:
        """(2, 4) where the lens is, see `gazehub.gaze.camera_offset`."""
        return self.networks.camera_coefficients

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
            raise NoFaceError(f"{which} {why}: the eyes can't be redrawn.", encoding.faces)
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
    ) -> Frames:
        """One frame per alpha. Arguments as for `encode` and `Encoding.animate`."""
        return self.encode(image).animate(alphas, faces, eyes)

    def stream(
        self, strength: float = 1.0, faces: str | Collection[int] = "all", look_away: float = 0.0
    ) -> GazeStream:
        """For the frames of one film, in one thread. Arguments and errors as for `GazeStream`."""
        return GazeStream(self.networks, self.landmarker, strength, faces, look_away)

    def _encode(self, image: Photo) -> Encoding:
        portrait = Portrait.load(image)
        found = self.landmarker(portrait.pixels)
        if not found:
            raise NoFaceError(
                "No face was found. The face should look towards the camera, with both eyes in the picture, "
                "and not be tiny."
            )
        reading = read(self.networks, portrait.pixels, found)
        faces = tuple(self._second_look(portrait.pixels, face) for face in reading.faces)
        return Encoding(self.networks, portrait, within_reach(Reading(faces)))

    def _second_look(self, pixels: np.ndarray, face: FaceReading) -> FaceReading:
        """One who looks away, read from the mirror image too, if the landmarker can."""
        look_again = getattr(self.landmarker, "look_again", None)
        if look_again is None or not face.eyes or not looks_away(self.networks, face):
            return face
        again = look_again(pixels, face.face)
        return face if again is None else read_again(self.networks, face, again)
