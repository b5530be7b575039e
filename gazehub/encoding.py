"""A portrait whose eyes have been read: what can be done with it, and what there is to say about its faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from PIL import Image

from gazehub import aim
from gazehub.aim import Aim, Choice
from gazehub.arguments import eye_choice, face_choice, number, numbers
from gazehub.draw import corrected_angles, draw
from gazehub.face_report import FaceReport, GazeOutput, report, report_after
from gazehub.frames import Frames
from gazehub.gaze import to_picture
from gazehub.model.networks import Networks
from gazehub.portrait import Portrait
from gazehub.read import EyeReading, FaceReading, Reading, crop_eyes


class Encoding:
    """A portrait whose eyes have been read; made by `GazePipeline.encode`. No method changes it.

    Attributes:
        faces: one `FaceReport` per face, largest first.
    """

    def __init__(self, networks: Networks, portrait: Portrait, reading: Reading) -> None:
        self._networks, self._portrait, self._reading = networks, portrait, reading
        self.faces = [report(face) for face in reading.faces]

    @property
    def portrait(self) -> Image.Image:
        """The portrait as it came, upright RGB."""
        return self._portrait.image

    @property
    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB of it, to be read, not written."""
        return self._portrait.pixels

    @property
    def reading(self) -> Reading:
        """What was read. With the same photo it makes the same encoding again, so that who keeps many need not keep
        their pixels."""
        return self._reading

    def correct(self, strength: float = 1.0, faces: str | Sequence[int] = "all", eyes: str = "both") -> GazeOutput:
        """Bring the gaze to the camera.

        Args:
            strength: 0 (the portrait bit for bit) to 1 (into the lens).
            faces: "all", "largest", or indexes into `faces`.
            eyes: "both", or "left" or "right" as seen in the picture.

        Raises:
            ValueError: an argument out of range.
        """
        choice = self._choice(faces, eyes)
        return self._output(aim.correct(self._reading, choice, number("strength", strength)), choice)

    def redirect(
        self, yaw: float = 0.0, pitch: float = 0.0, faces: str | Sequence[int] = "all", eyes: str = "both"
    ) -> GazeOutput:
        """Turn the gaze to a direction, seen from the lens.

        Args:
            yaw, pitch: degrees, -40..40 and -30..30; (0, 0) is the camera, + is to the picture's right and up.
            faces, eyes: as for `correct`.

        Raises:
            ValueError: an argument out of range.
        """
        choice, yaw, pitch = self._choice(faces, eyes), number("yaw", yaw), number("pitch", pitch)
        return self._output(aim.redirect(self._reading, choice, yaw, pitch), choice)

    def animate(self, alphas: Sequence[float], faces: str | Sequence[int] = "all", eyes: str = "both") -> Frames:
        """Slide along the line between the gaze the portrait came with and its corrected one.

        Args:
            alphas: 0 is the gaze it came with (the portrait bit for bit), 1 the camera; beyond both the line goes on,
                as far as eyes naturally turn.
            faces, eyes: as for `correct`.

        Returns:
            One RGB frame per alpha, the size of the portrait, each drawn when it is asked for.

        Raises:
            ValueError: an argument out of range.
        """
        choice = self._choice(faces, eyes)

        def frame(alpha: float) -> Image.Image:
            wanted = aim.animate(self._reading, choice, lambda eye: self._corrected_angles[eye], alpha)
            return self._draw(wanted).image

        return Frames(frame, numbers("alphas", alphas))

    def _choice(self, faces: str | Sequence[int], eyes: str) -> Choice:
        return Choice.of(self._reading, face_choice(faces), eye_choice(eyes))

    @cached_property
    def _corrected_angles(self) -> dict[EyeReading, np.ndarray]:
        return corrected_angles(self._networks, [eye for face in self._reading.usable for eye in face.eyes])

    def _draw(self, wanted: Aim) -> Portrait:
        return replace(self._portrait, pixels=draw(self._networks, self._portrait.pixels, wanted))

    def _output(self, wanted: Aim, choice: Choice) -> GazeOutput:
        drawn = self._draw(wanted)
        reports = reports_after(
            self._networks,
            self._reading,
            wanted,
            choice,
            lambda face: crop_eyes(drawn.pixels, [eye.eye for eye in face.eyes]),
        )
        return GazeOutput(drawn, reports)


def reports_after(
    networks: Networks,
    reading: Reading,
    wanted: Aim,
    choice: Choice,
    patches: Callable[[FaceReading], np.ndarray],
) -> list[FaceReport]:
    """What is known of every face after a change. Where those look whose eyes were redrawn is read by E_r; the others
    look where they looked.

    Args:
        wanted: what was drawn.
        choice: whom the change was for.
        patches: (eyes, 3, 96, 144) float32 in 0..1 of the eyes of a face, as they were drawn.
    """
    after = {face: face.gaze for face in reading.usable}
    drawn = [face for face in after if wanted.redraws(face)]
    if drawn:
        seen = networks.locate(np.concatenate([patches(face) for face in drawn]))
        codes = seen.astype(np.float64) - [eye.lens for face in drawn for eye in face.eyes]
        after |= {face: to_picture(pair) for face, pair in zip(drawn, codes.reshape(-1, 2, 2))}
    return [
        report_after(face, after[face], index in choice.faces) if face.eyes else report(face)
        for index, face in enumerate(reading.faces)
    ]
