"""Aim: where the eyes that were read shall look, and how much of the way they go.

``Reading + wish (correct, redirect, animate) -> Aim``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gazehub.gaze import degrees_to_angle_code, residual_size, to_canonical, to_picture
from gazehub.limits import need_of_correction, smoothstep
from gazehub.read import EyeReading, FaceReading, Reading

FADE_DISTANCE = 0.015  # eye widths: a gaze that moves less changes only in part, so nothing jumps at 0
NATURAL_LOW, NATURAL_HIGH = np.array([-0.22, -0.07]), np.array([0.22, 0.09])  # angle codes of real eyes
MAX_YAW, MAX_PITCH = 40.0, 30.0  # degrees of gaze
EYES = ("both", "left", "right")


@dataclass(frozen=True, eq=False)
class EyeAim:
    """One eye that is redrawn.

    Args:
        angle: (2,) the angle code to draw it at, eye widths from the lens in its own frame.
        amount: how much of the change to show, above 0 up to 1.
    """

    reading: EyeReading
    angle: np.ndarray
    amount: float


@dataclass(frozen=True, eq=False)
class Aim:
    """What to draw.

    Args:
        eyes: those that are redrawn.
        into_lens: all of them go into the lens, so the correction module draws them; else the animation module.
    """

    eyes: tuple[EyeAim, ...]
    into_lens: bool = False

    def redraws(self, face: FaceReading) -> bool:
        """Whether one of its eyes is redrawn."""
        return any(aimed.reading in face.eyes for aimed in self.eyes)


@dataclass(frozen=True)
class Choice:
    """Which eyes a caller means.

    Args:
        faces: indexes into the faces of a reading.
        eyes: "both", or "left" or "right" as seen in the picture.
    """

    faces: frozenset[int]
    eyes: str

    @classmethod
    def of(cls, reading: Reading, faces: str | Sequence[int] = "all", eyes: str = "both") -> Choice:
        """
        Args:
            faces: "all", "largest", or indexes.

        Raises:
            ValueError: there is no such face, or no such eye.
        """
        present = range(len(reading.faces))
        if faces == "all":
            chosen = frozenset(present)
        elif faces == "largest":
            chosen = frozenset(present[:1])
        elif isinstance(faces, str) or not set(faces) <= set(present):
            raise ValueError(f'faces must be "all", "largest" or indexes below {len(present)}, not {faces!r}.')
        else:
            chosen = frozenset(faces)
        if eyes not in EYES:
            raise ValueError(f'eyes must be "both", "left" or "right", not {eyes!r}.')
        return cls(chosen, eyes)

    def takes(self, face: FaceReading, eye: EyeReading) -> bool:
        """Whether an eye of a chosen face is meant."""
        if self.eyes == "both":
            return True
        leftmost = min(face.eyes, key=lambda each: each.eye.frame.center[0])
        return (eye is leftmost) == (self.eyes == "left")


def correct(reading: Reading, choice: Choice, strength: float = 1.0) -> Aim:
    """Into the lens, or a share of the way there. Who looks into it already is left as they are.

    Args:
        strength: 0 (as it was) to 1 (into the lens).

    Raises:
        ValueError: out of range.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be between 0 and 1, not {strength}.")
    return _aim(reading, choice, lambda eye: (1 - strength) * eye.angle, strength == 1, _need)


def redirect(reading: Reading, choice: Choice, yaw: float, pitch: float) -> Aim:
    """In a direction seen from the lens.

    Args:
        yaw, pitch: degrees, -40..40 and -30..30; + is to the picture's right and up.

    Raises:
        ValueError: out of range.
    """
    if not (abs(yaw) <= MAX_YAW and abs(pitch) <= MAX_PITCH):
        raise ValueError(
            f"yaw must be between -{MAX_YAW:g} and {MAX_YAW:g} degrees, pitch between -{MAX_PITCH:g} and "
            f"{MAX_PITCH:g}; not {yaw} and {pitch}."
        )
    code = degrees_to_angle_code(yaw, pitch)
    return _aim(reading, choice, lambda eye: to_canonical(code, eye.eye.mirrored))


def animate(reading: Reading, choice: Choice, corrected: Callable[[EyeReading], np.ndarray], alpha: float) -> Aim:
    """On the line between the gaze an eye came with (alpha 0) and its corrected one (1), as far as eyes turn.

    Args:
        corrected: the (2,) angle code that E_r reads from a corrected eye: Synthesis-As-Training's other end.
    """

    def on_the_line(eye: EyeReading) -> np.ndarray:
        angle = (1 - alpha) * eye.angle + alpha * corrected(eye)
        # The gaze it came with is natural by definition, however far it goes: alpha 0 must change nothing.
        return angle.clip(np.minimum(NATURAL_LOW, eye.angle), np.maximum(NATURAL_HIGH, eye.angle))

    return _aim(reading, choice, on_the_line)


def _need(face: FaceReading) -> float:
    return need_of_correction(face.gaze)


def _aim(
    reading: Reading,
    choice: Choice,
    wanted: Callable[[EyeReading], np.ndarray],
    into_lens: bool = False,
    need: Callable[[FaceReading], float] = lambda face: 1.0,
) -> Aim:
    """Aim at the angle codes `wanted`, as much of it shown as a face needs. The eyes of a turned head go only a part
    of the way, where the animation module brings them."""
    aimed, whole = [], True
    for index, face in enumerate(reading.faces):
        if index not in choice.faces or not face.eyes:
            continue
        share = face.reach
        reached = [eye.angle + share * (wanted(eye) - eye.angle) for eye in face.eyes]
        moved = to_picture([angle - eye.angle for angle, eye in zip(reached, face.eyes)])
        amount = need(face) * smoothstep(residual_size(moved) / FADE_DISTANCE)
        if amount > 0:
            whole = whole and share == 1
            aimed += [EyeAim(eye, angle, amount) for eye, angle in zip(face.eyes, reached) if choice.takes(face, eye)]
    return Aim(tuple(aimed), into_lens and whole)
