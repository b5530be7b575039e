"""What there is to say about a face of a portrait, and what comes out of the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from gazehub.gaze import AVERTED_BAND, CAMERA_BAND, angle_code_to_degrees, angle_code_to_residual, residual_size
from gazehub.limits import NOT_SELECTED, need_of_correction
from gazehub.portrait import Portrait
from gazehub.read import FaceReading


@dataclass(frozen=True)
class FaceReport:
    """One face of a portrait. Offsets and degrees are None for a face that can't be worked on.

    Args:
        box: left, top, right, bottom in pixels of the upright portrait.
        offset_before, offset_after: (x, y) how far the gaze is from the lens, in eye widths: + is to the picture's
            right and down. Before by landmarks and the angle encoder, after by the encoder if its eyes were
            drawn; None until then.
        degrees_before, degrees_after: the same as (yaw, pitch) in degrees: + is to the picture's right and up.
        openness: of the more closed eye, in eye widths: about 0.3 open, under 0.12 closed.
        yaw, pitch, roll: head pose in degrees; + is to the picture's right, up, and clockwise.
        skipped: why the face was left as it is: "eyes closed", "eyes hidden" (sunglasses, hair, deep shade),
            "too small", "turned too far to the side" or "not selected"; None if it was redrawn.
    """

    box: tuple[float, float, float, float]
    offset_before: tuple[float, float] | None
    offset_after: tuple[float, float] | None
    degrees_before: tuple[float, float] | None
    degrees_after: tuple[float, float] | None
    openness: float
    yaw: float
    pitch: float
    roll: float
    skipped: str | None

    @property
    def domain(self) -> str | None:
        """Where the gaze was before: "X" in the camera, "Y" elsewhere, "between"; None if it was not read."""
        if self.offset_before is None:
            return None
        size = residual_size(angle_code_to_residual(self.offset_before))
        return "X" if size < CAMERA_BAND else "Y" if size > AVERTED_BAND else "between"

    @property
    def at_lens(self) -> bool:
        """It looks into the lens so nearly that a correction leaves it as it is."""
        return self.offset_before is not None and need_of_correction(self.offset_before) == 0

    def to_json(self) -> dict:
        """What is known before any change, rounded, as JSON-ready values."""
        return {
            "box": _rounded(self.box, 1),
            "usable": self.skipped is None,
            "skipped": self.skipped,
            "domain": self.domain,
            "gaze_degrees": _named(self.degrees_before, ("yaw", "pitch"), 1),
            "gaze_offset": _named(self.offset_before, ("x", "y"), 4),
            "openness": round(self.openness, 3),
            "head_degrees": _named((self.yaw, self.pitch, self.roll), ("yaw", "pitch", "roll"), 1),
        }


@dataclass(frozen=True)
class GazeOutput:
    """A redrawn portrait (RGB, the size of the upright input, without EXIF), and its faces, largest first."""

    portrait: Portrait
    faces: list[FaceReport]

    @property
    def image(self) -> Image.Image:
        """The portrait as a PIL image."""
        return self.portrait.image

    @property
    def pixels(self) -> np.ndarray:
        """The portrait as an (H, W, 3) uint8 RGB array."""
        return self.portrait.pixels


def report(reading: FaceReading) -> FaceReport:
    """What is known of a face before any change."""
    face, usable = reading.face, bool(reading.eyes)
    return FaceReport(
        box=face.box,
        offset_before=tuple(reading.gaze.tolist()) if usable else None,
        offset_after=None,
        degrees_before=angle_code_to_degrees(reading.gaze) if usable else None,
        degrees_after=None,
        openness=min(eye.openness for eye in face.eyes),
        yaw=face.yaw,
        pitch=face.pitch,
        roll=face.roll,
        skipped=reading.skipped,
    )


def report_after(reading: FaceReading, offset: np.ndarray, chosen: bool) -> FaceReport:
    """What is known of a usable face after a change.

    Args:
        offset: (2,) where it looks now.
        chosen: it was among the faces to change.
    """
    return replace(
        report(reading),
        offset_after=tuple(offset.tolist()),
        degrees_after=angle_code_to_degrees(offset),
        skipped=None if chosen else NOT_SELECTED,
    )


def _rounded(values: Sequence[float], digits: int) -> list[float]:
    return [round(value, digits) for value in values]


def _named(values: Sequence[float] | None, names: tuple[str, ...], digits: int) -> dict[str, float] | None:
    return None if values is None else dict(zip(names, _rounded(values, digits)))
