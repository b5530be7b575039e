"""How far eyes of a film are open, told by two readers, and what a reader makes of lids that surely stayed.

Landmarks take an iris that looks aside for wide lids and one in the lens for narrow ones. So openness before and after
a correction differs by landmarks even where not one pixel of the lids does: `openness_held` shows by how much.
"""

from __future__ import annotations

import numpy as np

from gazehub.eye_frame import EyeFrame
from gazehub.faces.face import Eye, Face
from gazehub.gaze import LANDMARK_GAIN, face_residual, residual_to_angle_code
from train.corpus.rotate_eyeball import EyeballError
from train.evaluation.reading.iris_reader import CORNERS, IrisReader
from train.evaluation.reading.known_motion import TurnablePortrait

LOWER, UPPER = slice(3, 6), slice(11, 14)  # of the contour: the middle half of the lids
SHIFTS = (0.0, 0.05)  # eye widths: several looks are averaged, mirrored ones too


def openness_by_iris_network(reader: IrisReader, pixels: np.ndarray, face: Face) -> float:
    """Of the more closed eye, eye widths, by a network that sees one eye alone and did not steer.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        face: says where to look.
    """
    return min(_openness(reader, pixels, eye) for eye in face.eyes)


def turned_with_lids_held(coefficients: np.ndarray, pixels: np.ndarray, face: Face) -> np.ndarray | None:
    """(H, W, 3) uint8 the picture with its eyeballs turned into the lens by construction, not by networks, and its
    lids where they were; None where the eyes show too little for that."""
    motion = -residual_to_angle_code(face_residual(coefficients, face)) / LANDMARK_GAIN
    try:
        return TurnablePortrait(pixels, face).turned(motion, follow=0.0)
    except EyeballError:
        return None


def _openness(reader: IrisReader, pixels: np.ndarray, eye: Eye) -> float:
    found = []
    for right in SHIFTS:
        for mirror in (1, -1):
            axes = np.array([mirror, 1])
            frame = EyeFrame(eye.frame.to_portrait(np.array([right, 0.0])), eye.frame.matrix * axes)
            _, contour = reader.look(pixels, frame)
            width = abs(np.subtract(*contour[list(CORNERS), 0]))
            found.append((contour[LOWER, 1].mean() - contour[UPPER, 1].mean()) / width)
    return float(np.mean(found))
