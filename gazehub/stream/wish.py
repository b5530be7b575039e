"""How much of the way into the lens the eyes of one face go, eased so that nothing snaps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gazehub.limits import need_of_correction
from gazehub.stream.easing import ease_share
from gazehub.stream.glances import Glances

TAKE_TIME, RELEASE_TIME = 0.1, 0.03  # seconds in which eyes are taken up, and let go once they are hidden
SETTLE_TIME = 0.2  # seconds in which eyes that came back to the lens by themselves get their own pixels
NEAR_LENS, OFF_LENS = 0.025, 0.045  # residuals: nearer the lens eyes keep their pixels, farther off they keep none


def eased_presence(before: float | None, usable: bool, seconds: float, at_once: bool) -> float:
    """How much of the change may be shown: 0 for eyes that are hidden or have just come in, 1 later.

    Args:
        before: in the last frame; None for a face whose eyes are seen for the first time.
        usable: they can be redrawn.
        at_once: nothing was shown before, so nothing need be eased.
    """
    if before is None:
        return float(at_once and usable)
    return ease_share(before, float(usable), seconds, TAKE_TIME if usable else RELEASE_TIME)


@dataclass(frozen=True, eq=False)
class Wish:
    """
    Args:
        reach: the share of a motion that is made at this head pose.
        need: how much of the change the gaze asks for: 0 while it is in the lens anyway, 1 while it is elsewhere.
        glances: what the eyes are let do by themselves.
    """

    reach: float
    need: float
    glances: Glances

    @classmethod
    def first(cls, gaze: np.ndarray, reach: float) -> Wish:
        """Of a face whose eyes are seen for the first time."""
        return cls(reach, 0.0, Glances(gaze))

    def follow(self, gaze: np.ndarray, reach: float, seconds: float, look_away: float) -> Wish:
        """In the next frame.

        Args:
            gaze: (2,) angle code of the face.
            reach: the share of a motion that the eyes may make now.
        """
        reach = ease_share(self.reach, reach, seconds, TAKE_TIME)
        return replace(self, reach=reach, glances=self.glances.follow(gaze, seconds, look_away))

    def asked(self, motion: np.ndarray, seconds: float) -> Wish:
        """With the (2,) motion that is wanted of the eyes. Where they leave the lens, what was drawn and what is drawn
        now look the same, so the whole change is there at once; where they come back, it fades."""
        wanted = need_of_correction(motion, NEAR_LENS, OFF_LENS)
        return replace(self, need=max(wanted, ease_share(self.need, wanted, seconds, SETTLE_TIME)))
