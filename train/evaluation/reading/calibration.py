"""What a reader's offsets mean: where it sees eyes that look into the lens, and how much of a motion it sees.

Both are measured: the first on portraits known to look into the lens, the second on eyes turned by a known motion.
Each eye has its own, by where the head points as that eye's corner frame sees it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import FARTHEST_TURN, head_direction, lens_features, residual_size, to_picture

CALIBRATIONS = Path(__file__).with_name("readers.json")
TURNED_BEYOND = 18.0  # degrees of head yaw: a turned head
# A residual of any reader is given as the attention mesh would show it on a face that looks straight ahead: this share
# of the motion that is left. So one band (`gazehub.gaze.CAMERA_BAND`) holds for all of them.
SHOWN = np.array([0.66, 0.30])


def directions_of(face: Face) -> np.ndarray:
    """(2, 2) where the head points, as each eye sees it (`head_direction`), no farther than zeros are known."""
    directions = np.stack([head_direction(face, eye) for eye in face.eyes])
    return directions.clip(-FARTHEST_TURN, FARTHEST_TURN)


def near_and_far(values: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of (faces, 2 eyes, ...) values the nearer eyes' and the farther eyes', told by (faces, 2, 2) directions."""
    nearer = np.argmax(directions[:, :, 0], axis=1)
    rows = np.arange(len(values))
    return values[rows, nearer], values[rows, 1 - nearer]


@dataclass(frozen=True)
class Calibration:
    """Of one reader.

    Args:
        zero: (2, 4) coefficients of `lens_features`: the offset it reads where an eye looks into the lens.
        gain: (2, 2) constant and slope over s of the share of a motion that it reads, across and down.
        apart: the 95th percentile of how far the eyes of a camera portrait seem to look apart, in residuals: straight
            ahead, and more than 18 degrees to the side.
    """

    zero: list
    gain: list
    apart: tuple[float, float]

    def residuals(self, offsets: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """(..., 2) how far eyes are from the lens, in units of `SHOWN`, from (..., 2) offsets and directions."""
        zero = lens_features(directions) @ np.array(self.zero).T
        return (np.asarray(offsets) - zero) / self.gains(directions) * SHOWN

    def gains(self, directions: np.ndarray) -> np.ndarray:
        """(..., 2)."""
        constant, slope = np.array(self.gain).T
        return constant + slope * np.asarray(directions)[..., :1]


def fit_zero(directions: np.ndarray, offsets: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(2, 4) by iteratively reweighted least squares with Tukey weights: some of those do look elsewhere.

    Args:
        directions, offsets: (N, 2) of eyes known to look into the lens.
        gain: (2,) of the reader, to weigh across against down.
    """
    features, weights = lens_features(directions), np.ones(len(offsets))
    ridge = np.sqrt(1e-4 * len(offsets)) * np.diag([0.0, 1.0, 1.0, 1.0])  # the square is barely seen near 0
    for _ in range(30):
        root = np.sqrt(weights)[:, None]
        rows, wanted = np.vstack([features * root, ridge]), np.vstack([offsets * root, np.zeros((4, 2))])
        solution = np.linalg.lstsq(rows, wanted, rcond=None)[0]
        size = residual_size((offsets - features @ solution) / gain * SHOWN)
        weights = np.clip(1 - (size / (3 * max(1.4826 * np.median(size), 1e-6))) ** 2, 0, None) ** 2
    return solution.T


def fit_gain(directions: np.ndarray, seen: np.ndarray, motions: np.ndarray) -> np.ndarray:
    """(2, 2) constant and slope, by least absolute deviations: eyes that were lost count little.

    Args:
        directions: (N, 2); seen, motions: (N, 2) what was read of motions along one axis each.
    """
    fits = []
    for axis in (0, 1):
        moved = motions[:, axis] != 0
        ratio = seen[moved, axis] / motions[moved, axis]
        features = np.stack([np.ones(moved.sum()), directions[moved, 0]], axis=1)
        weights = np.ones(moved.sum())
        for _ in range(50):
            root = np.sqrt(weights)
            solution = np.linalg.lstsq(features * root[:, None], ratio * root, rcond=None)[0]
            weights = 1 / np.maximum(np.abs(ratio - features @ solution), 0.02)
        fits.append(solution)
    return np.stack(fits)


def apart(residuals: np.ndarray) -> np.ndarray:
    """(...) how far the eyes of faces look apart: + where both look too far to the nose; from (..., 2 eyes, 2)."""
    return residuals[..., 0, 0] + residuals[..., 1, 0]


def sizes_left(residuals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(faces,) sizes of the residual of the worse eye, and of the mean of both, from (faces, 2 eyes, 2)."""
    return residual_size(residuals).max(axis=1), residual_size(np.stack([to_picture(both) for both in residuals]))


def load_calibrations(path: Path = CALIBRATIONS) -> dict[str, Calibration]:
    """By the reader's name, as `python -m train.evaluation.readers` wrote them."""
    return {name: Calibration(**values) for name, values in json.loads(path.read_text())["readers"].items()}


def to_json(calibrations: dict[str, Calibration]) -> dict:
    return {name: asdict(calibration) for name, calibration in calibrations.items()}
