"""Keys: what they do, and those pressed in a terminal."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

STEP = 0.1  # of strength
HELP = "space: on or off, + and -: strength, q: quit"


@dataclass(frozen=True)
class Controls:
    """
    Args:
        strength: 0 to 1, see `GazeStream`.
    """

    on: bool = True
    strength: float = 1.0
    ended: bool = False

    def after(self, keys: str) -> Controls:
        """What they are once these keys were pressed, one by one. Others do nothing."""
        controls = self
        for key in keys:
            if key == " ":
                controls = replace(controls, on=not controls.on)
            elif key in "+=":  # + without the shift key
                controls = controls._stronger(STEP)
            elif key in "-_":
                controls = controls._stronger(-STEP)
            elif key in "qQ":
                controls = replace(controls, ended=True)
        return controls

    def _stronger(self, step: float) -> Controls:
        return replace(self, strength=round(min(1.0, max(0.0, self.strength + step)), 2))

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'}, strength {self.strength:.1f}"


@contextmanager
def terminal_keys() -> Iterator[Callable[[], str]]:
    """What gives the keys that were pressed in the terminal since the last call: none where there is no terminal, nor
    on Windows. They are not shown there meanwhile, and Ctrl-C works as ever."""
    if sys.platform == "win32" or not _at_a_terminal():
        yield lambda: ""
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda: _waiting(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _at_a_terminal() -> bool:
    """Whether keys come here: a command in the background would be stopped when it asks for them."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (AttributeError, OSError):  # no stdin, or another file
        return False


def _waiting(terminal: int) -> str:
    ready, _, _ = select.select([terminal], [], [], 0)
    return os.read(terminal, 100).decode(errors="replace") if ready else ""
