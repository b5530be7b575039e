"""What drawn eyes miss of the lens, learnt by looking at what was drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import face_residual, residual_to_angle_code, to_canonical
from gazehub.read import FaceReading

BIAS_TIME = 0.5  # seconds in which what drawn eyes miss is made up for
BIAS_LIMIT = np.array([0.06, 0.08])  # eye widths
GAIN_TIME = 1.0  # the same for the share of each motion that they miss
GAIN_LIMIT = 0.25
SMALL_MOTION = 0.05  # eye widths: a smaller motion says little about a share


@dataclass(frozen=True, eq=False)
class Missed:
    """
    Args:
        bias: (2,) what eyes that were drawn missed wherever they looked, an angle code of the face.
        gain: (2,) what they missed of a motion, as a share of it; the person's own, so never forgotten.
    """

    bias: np.ndarray = field(default_factory=lambda: np.zeros(2))
    gain: np.ndarray = field(default_factory=lambda: np.zeros(2))

    def found_anew(self) -> Missed:
        """Of eyes whose places in the head were forgotten."""
        return replace(self, bias=np.zeros(2))

    def made_up_for(self, reading: FaceReading) -> FaceReading:
        """A reading whose eyes look so much farther from the lens that they end up in it."""
        eyes = (
            replace(eye, angle=(1 + self.gain) * eye.angle + to_canonical(self.bias, eye.eye.mirrored))
            for eye in reading.eyes
        )
        return replace(reading, eyes=tuple(eyes))

    def as_seen(self, gaze: np.ndarray) -> np.ndarray:
        """(2,) the gaze of such a reading without what is made up for."""
        return (gaze - self.bias) / (1 + self.gain)

    def look_back(
        self, coefficients: np.ndarray, drawn: Face, gaze: np.ndarray, left: np.ndarray, seconds: float
    ) -> Missed:
        """With what the eyes miss in the frame just drawn, by landmarks.

        Args:
            coefficients: (2, 4) see `gazehub.gaze.camera_offset`.
            drawn: the face as found there.
            gaze: (2,) angle code of the face as it was read and made up for.
            left: (2,) the one that was aimed at.
            seconds: since the last look.
        """
        missed = residual_to_angle_code(face_residual(coefficients, drawn)) - left
        motion = self.as_seen(gaze)
        bias = self.bias + missed * min(1.0, seconds / BIAS_TIME)
        share = missed * motion / (np.square(motion) + SMALL_MOTION**2)
        gain = self.gain + share * min(1.0, seconds / GAIN_TIME)
        return Missed(bias.clip(-BIAS_LIMIT, BIAS_LIMIT), gain.clip(-GAIN_LIMIT, GAIN_LIMIT))
