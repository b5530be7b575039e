"""Each eye apart, before and after, by a reader that steers and by one that does not.

The mesh steers what is drawn, so its figures flatter; `iris` has no part in it. Residuals are in units of
`calibration.SHOWN`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import AVERTED_BAND, CAMERA_BAND, residual_size, to_picture
from train.evaluation.measures.alive import Life, lives, summarize_lives
from train.evaluation.measures.lids import summarize_lids
from train.evaluation.readers import Reader, mesh_reader
from train.evaluation.reading.calibration import (
    TURNED_BEYOND,
    Calibration,
    apart,
    directions_of,
    load_calibrations,
    near_and_far,
    sizes_left,
)
from train.evaluation.reading.iris_reader import IrisReader

INDEPENDENT = "iris"  # the reader that has no part in what is drawn
READERS = ("mesh", INDEPENDENT)
BANDS = {"all": (0, 90), "frontal": (0, TURNED_BEYOND), "turned": (TURNED_BEYOND, 36), "25-36": (25, 36)}


@dataclass(frozen=True, eq=False)
class EyeRecord:
    """One corrected face as the readers see it.

    Args:
        yaw: of the head, degrees.
        directions: (2, 2) of both eyes, see `directions_of`.
        before, after: (2 eyes, 2) residuals in the canonical frames, by the reader's name.
        openness: (2, 2) of both eyes, before and after, eye widths.
        lives: see `train.evaluation.measures.alive`.
        skipped: why the face was left alone, or None.
    """

    name: str
    yaw: float
    directions: np.ndarray
    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]
    openness: np.ndarray
    lives: tuple[Life, Life]
    skipped: str | None

    @property
    def turned(self) -> bool:
        return abs(self.yaw) > TURNED_BEYOND

    @property
    def vertical(self) -> bool:
        """Whether the gaze before was more up or down than aside."""
        across, down = np.abs(self.before[INDEPENDENT].mean(axis=0))
        return bool(down > max(across, AVERTED_BAND / 2))

    def worse(self, reader: str) -> float:
        """Size of the residual that the worse eye is left with."""
        return float(residual_size(self.after[reader]).max())


class EyeMeasure:
    """Reads both eyes before and after by several readers.

    Args:
        readers, calibrations: by name.
    """

    def __init__(self, readers: dict[str, Reader], calibrations: dict[str, Calibration]) -> None:
        self.readers, self.calibrations = readers, calibrations

    @classmethod
    def usual(cls) -> EyeMeasure:
        calibrations = load_calibrations()
        readers = {"mesh": mesh_reader, INDEPENDENT: IrisReader()}
        return cls(readers, {name: calibrations[name] for name in readers})

    def motions(self, before: np.ndarray, face: Face, after: np.ndarray, again: Face) -> np.ndarray:
        """(2 eyes, 2) how far the irises moved, by the independent reader: eye widths, canonical frames."""
        pairs, directions = ((before, face), (after, again)), directions_of(face)
        first, second = (self.readers[INDEPENDENT](pixels, found) for pixels, found in pairs)
        return (second - first) / self.calibrations[INDEPENDENT].gains(directions)

    def residuals(self, pixels: np.ndarray, face: Face, directions: np.ndarray) -> dict[str, np.ndarray]:
        """(2 eyes, 2) by the reader's name."""
        return {
            name: self.calibrations[name].residuals(reader(pixels, face), directions)
            for name, reader in self.readers.items()
        }

    def compare(
        self, name: str, before: np.ndarray, face: Face, after: np.ndarray, again: Face, skipped: str | None
    ) -> EyeRecord:
        """
        Args:
            face, again: the face as found in the picture before and after. The head's pose is taken from before.
        """
        directions = directions_of(face)
        residuals = self.residuals(before, face, directions), self.residuals(after, again, directions)
        openness = np.array([[eye.openness for eye in found.eyes] for found in (face, again)])
        lives_of_both = lives(before, face, after, again)
        return EyeRecord(name, face.yaw, directions, *residuals, openness, lives_of_both, skipped)


def summarize(records: Iterable[EyeRecord], calibrations: dict[str, Calibration]) -> dict:
    """By band of head yaw and by reader: what became of the gaze; shares count faces, and the worse eye of each."""
    records, report = list(records), {}
    for band, (low, high) in BANDS.items():
        group = [record for record in records if low <= abs(record.yaw) < high]
        if not group:
            continue
        report[band] = {"faces": len(group), "left alone": sum(record.skipped is not None for record in group)}
        for reader, calibration in calibrations.items():
            report[band][reader] = _measures(group, reader, calibration)
        drawn = [record for record in group if record.skipped is None]
        report[band]["alive"] = summarize_lives(life for record in drawn for life in record.lives)
        report[band]["lids"] = _lids(drawn)
    return report


def _lids(drawn: list[EyeRecord]) -> dict:
    """By the independent reader."""
    vertical = [[each[INDEPENDENT][:, 1] for each in (record.before, record.after)] for record in drawn]
    both = (np.array(values).reshape(-1, 2, 2) for values in (vertical, [record.openness for record in drawn]))
    return summarize_lids(*(values.transpose(1, 0, 2).reshape(2, -1) for values in both))


def _measures(group: list[EyeRecord], reader: str, calibration: Calibration) -> dict:
    after = np.stack([record.after[reader] for record in group])
    limits = np.array([calibration.apart[record.turned] for record in group])
    worse, face = sizes_left(after)
    near, far = near_and_far(after, np.stack([record.directions for record in group]))
    before = np.stack([to_picture(record.before[reader]) for record in group])
    return {
        "worse eye in band": _round(np.mean(worse < CAMERA_BAND)),
        "worse eye in 1.5 bands": _round(np.mean(worse < 1.5 * CAMERA_BAND)),
        "mean of eyes in band": _round(np.mean(face < CAMERA_BAND)),
        "moved half-way": _round(np.mean(face <= residual_size(before) / 2)),
        "worse eye": _round(np.median(worse)),
        "near": _round(np.median(near, axis=0)),
        "far": _round(np.median(far, axis=0)),
        "apart": _round(np.mean(np.abs(apart(after)) > limits)),
    }


def _round(value: np.ndarray) -> float | list[float]:
    return np.round(value, 4).tolist()
