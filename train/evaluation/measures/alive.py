"""Do eyes stay alive? Catchlights stay where the lamp puts them, and the iris stays as sharp as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.faces.face import Eye, Face
from train.corpus.canvas import Canvas
from train.corpus.glints import GLINT_FOLLOWS, SKIRT, find_glints
from train.corpus.iris import LUMA
from train.corpus.lids import DRAWN_IN, lids_of, opening_mask
from train.evaluation.reading.known_motion import LARGEST_SCALE, SPAN, patch_matrix

NEAR = 0.06  # eye widths from where the lamp puts a catchlight: reading irises is no more exact than that
STRONG = 0.5  # of the brightness it had
ON_CORNEA, ON_IRIS = 0.85, 0.8  # of the iris radius: where a catchlight is expected, and where sharpness is measured
FINE = 0.018  # eye widths: detail smaller than this is what makes an iris sharp


@dataclass(frozen=True)
class Life:
    """One eye before and after.

    Args:
        catchlight: whether its largest is still there; None where it had none, or the motion takes it off the iris.
        shift: eye widths between it and where the lamp puts it; NaN where it is not found.
        sharpness: energy of fine detail inside the iris, after over before.
    """

    catchlight: bool | None
    shift: float
    sharpness: float


def lives(before: np.ndarray, face: Face, after: np.ndarray, again: Face) -> tuple[Life, Life]:
    """Of both eyes.

    Args:
        before, after: (H, W, 3) uint8 RGB.
        face, again: the face as found in each.
    """
    return tuple(_life(before, eye, after, new) for eye, new in zip(face.eyes, again.eyes))


def summarize_lives(found: Iterable[Life]) -> dict:
    """Shares over eyes; `shift` is the median of those kept."""
    found = list(found)
    asked = [life for life in found if life.catchlight is not None]
    result: dict = {"eyes": len(found), "with a catchlight": len(asked)}
    if asked:
        result["catchlights kept"] = round(float(np.mean([life.catchlight for life in asked])), 3)
        shifts = [life.shift for life in asked if life.catchlight]
        result["shift"] = round(float(np.median(shifts)), 3) if shifts else None
    if found:
        ratios = [life.sharpness for life in found]
        result["sharpness"] = round(float(np.median(ratios)), 3)
        result["less than 0.7 as sharp"] = round(float(np.mean(np.array(ratios) < 0.7)), 3)
    return result


def _life(before: np.ndarray, eye: Eye, after: np.ndarray, new: Eye) -> Life:
    sights = [_Sight.of(picture, eye, found) for picture, found in ((before, eye), (after, new))]
    return Life(*_catchlight(*sights), sights[1].detail() / max(sights[0].detail(), 1e-6))


@dataclass(frozen=True, eq=False)
class _Sight:
    """An eye of a picture in the frame that it has in the picture before.

    Args:
        iris: (2,) its centre; `radius` in eye widths.
        visible: (H, W) what the lids leave.
        glints: (N, 4) see `find_glints`.
    """

    patch: np.ndarray
    canvas: Canvas
    iris: np.ndarray
    radius: float
    visible: np.ndarray
    glints: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, first: Eye, eye: Eye) -> _Sight:
        """
        Args:
            first: the eye as found before, whose frame holds; `eye`: as found in this picture.
        """
        scale = min(first.frame.width, LARGEST_SCALE)
        size = [2 * round(span * scale / 2) for span in SPAN]
        flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        matrix = patch_matrix(first, scale, size)
        patch = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        opening, iris = first.frame.to_frame(eye.opening), first.frame.to_frame(eye.iris)
        radius, canvas = first.iris_radius / first.frame.width, Canvas.of(size[1], size[0], scale)
        visible = opening_mask(lids_of(np.float32(opening), canvas), canvas, DRAWN_IN)
        return cls(patch, canvas, iris, radius, visible, find_glints(patch, opening, iris, radius, scale))

    def shows(self, place: np.ndarray) -> bool:
        """Whether a point of the frame lies on the iris, and no lid on it."""
        column, row = (int(round(float(v))) for v in (self.canvas.column(place[0]), self._row(place[1])))
        inside = 0 <= row < self.canvas.height and 0 <= column < self.canvas.width
        near = np.hypot(*(place - self.iris)) < ON_CORNEA * self.radius
        return bool(inside and near and self.visible[row, column] > 0.9)

    def detail(self) -> float:
        """Typical strength of the fine detail of the iris; what is left of catchlights has no say."""
        luma = (self.patch @ LUMA).astype(np.float32)
        area = (self.canvas.distance(self.iris) < ON_IRIS * self.radius) & (self.visible > 0.9)
        for x, y, size, _ in self.glints:
            area &= self.canvas.distance(np.array([x, y])) > np.sqrt(size / np.pi) + SKIRT
        fine = luma - self.canvas.blur(luma, FINE)
        return float(np.median(np.abs(fine[area]))) if area.sum() > 8 else 0.0

    def _row(self, y: float) -> float:
        return y * self.canvas.scale + (self.canvas.height - 1) / 2


def _catchlight(before: _Sight, after: _Sight) -> tuple[bool | None, float]:
    if not len(before.glints):
        return None, np.nan
    *place, _, strength = before.glints[0]
    expected = np.array(place) + GLINT_FOLLOWS * (after.iris - before.iris)
    if not (before.shows(np.array(place)) and after.shows(expected)):
        return None, np.nan
    shifts = [
        float(np.hypot(*(np.array([x, y]) - expected))) for x, y, _, now in after.glints if now > STRONG * strength
    ]
    nearest = min(shifts, default=np.inf)
    return (True, nearest) if nearest < NEAR else (False, np.nan)
