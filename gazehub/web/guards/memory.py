"""Giving memory back, in a server whose threads come and go."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

M_ARENA_MAX, ARENAS = -8, 2


def share_arenas() -> None:
    """Let all threads take memory from two places.

    By itself the C library of Linux opens one for each thread, up to eight a core, and each keeps for a while what a
    large photo once took: over a thousand requests a server grows by a tenth and more.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library, which has no arenas
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
