"""How the controls of the page stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from gazehub.aim import EYES
from gazehub.arguments import number
from gazehub.encoding import Encoding

LEADS = ("strength", "line", "pad")
LINE = -0.5, 1.5  # the ends of its slider
MAX_YAW, MAX_PITCH = 30, 20  # degrees, to the edges of the pad


@dataclass(frozen=True)
class Wish:
    """What they want of the eyes.

    Args:
        lead: the control that was moved last, which decides: "strength", "line" or "pad".
        strength: 0 (as they are) to 1 (into the lens).
        alpha: on the line from the photo's own gaze (0) to the corrected one (1).
        yaw, pitch: degrees, + is to the picture's right and up.
    """

    lead: str = "strength"
    strength: float = 1.0
    alpha: float = 1.0
    yaw: float = 0.0
    pitch: float = 0.0

    def picture(self, encoding: Encoding, faces: Sequence[int], eyes: str) -> Image.Image:
        """What `Encoding` makes of it."""
        if self.lead == "line":
            return encoding.animate([self.alpha], faces, eyes)[0]
        if self.lead == "pad":
            return encoding.redirect(self.yaw, self.pitch, faces, eyes).image
        return encoding.correct(self.strength, faces, eyes).image


@dataclass(frozen=True)
class Settings:
    """All of them.

    Args:
        wish: how far, or where.
        faces: the chosen ones, by number, 0 the largest; None for all.
        eyes: of each: "both", or "left" or "right" as seen in the picture.
    """

    wish: Wish = field(default_factory=Wish)
    faces: tuple[int, ...] | None = None
    eyes: str = "both"

    @classmethod
    def of(
        cls,
        faces: Sequence[str],
        eyes: str,
        lead: str,
        strength: float,
        alpha: float,
        direction: tuple[float, float],
    ) -> Settings:
        """From the values of the controls, in the order in which the page hands them over."""
        return cls(Wish(lead, strength, alpha, *direction), indexes(faces), eyes)

    @classmethod
    def kept(cls, kept: dict) -> Settings:
        """From what a browser kept over a reload, which may be anything.

        Raises:
            KeyError, TypeError, ValueError: it isn't what this page gave it to keep.
        """
        wish = Wish(
            _one_of(LEADS, kept["lead"]),
            _within(0, 1, kept["strength"]),
            _within(*LINE, kept["alpha"]),
            _within(-MAX_YAW, MAX_YAW, kept["yaw"]),
            _within(-MAX_PITCH, MAX_PITCH, kept["pitch"]),
        )
        return cls(wish, indexes(kept["faces"]), _one_of(EYES, kept["eyes"]))

    def chosen(self, count: int) -> list[int]:
        """The chosen ones of so many faces."""
        return [face for face in range(count) if self.faces is None or face in self.faces]


def indexes(faces: Sequence[str]) -> tuple[int, ...]:
    """From the numbers by which the page names faces."""
    return tuple(int(face) - 1 for face in faces)


def _one_of(words: Sequence[str], word: object) -> str:
    if word not in words:
        raise ValueError(f"{word!r} is none of {words}.")
    return word


def _within(least: float, most: float, value: object) -> float:
    if not least <= (found := number("value", value)) <= most:
        raise ValueError(f"{found} is not within {least} and {most}.")
    return found
