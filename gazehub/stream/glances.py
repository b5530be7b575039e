"""Natural glances aside: people who never look away stare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gazehub.gaze import degrees_to_angle_code, residual_size
from gazehub.stream.easing import FAST, ease

BEGINS, ENDS = 0.065, 0.045  # angle codes: how far from where they usually look eyes glance aside
LONGEST = 1.5  # seconds: who looks there longer looks there now
USUAL_TIME = 2.0  # seconds over which the usual gaze is averaged
FARTHEST = degrees_to_angle_code(5, 0)[0]  # what is seen of a glance
UNSEEN = 0.001  # eye widths


@dataclass(frozen=True, eq=False)
class Glances:
    """
    Args:
        usual: (2,) where the eyes usually look, an angle code of the face.
        shown: (2,) what is let through in this frame, an angle code.
        age: seconds since the present glance began; None between glances.
        passes: the present glance is let through.
        owed: the share of a glance that is still to be let through.
    """

    usual: np.ndarray
    shown: np.ndarray = field(default_factory=lambda: np.zeros(2))
    age: float | None = None
    passes: bool = False
    owed: float = 0.0

    def follow(self, gaze: np.ndarray, seconds: float, share: float) -> Glances:
        """In the next frame.

        Args:
            gaze: (2,) angle code of the face.
            share: of the glances that are let through, 0..1.
        """
        aside = gaze - self.usual
        size = float(residual_size(aside))
        if self.age is None and size < BEGINS:
            return replace(self, usual=ease(self.usual, gaze, seconds, USUAL_TIME), shown=self._eased(None, seconds))
        if self.age is None:
            owed = self.owed + share
            now = replace(self, age=0.0, passes=owed >= 1, owed=owed - (owed >= 1))
        else:
            now = replace(self, age=self.age + seconds)
        if size < ENDS or now.age > LONGEST:
            usual = gaze if now.age > LONGEST else self.usual
            return replace(now, usual=usual, age=None, passes=False, shown=self._eased(None, seconds))
        wanted = aside * min(1.0, FARTHEST / size) if now.passes else None
        return replace(now, shown=self._eased(wanted, seconds))

    def _eased(self, wanted: np.ndarray | None, seconds: float) -> np.ndarray:
        shown = ease(self.shown, np.zeros(2) if wanted is None else wanted, seconds, FAST)
        return np.zeros(2) if wanted is None and np.hypot(*shown) < UNSEEN else shown
