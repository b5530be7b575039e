"""Names of files in sentences for people."""

from __future__ import annotations

import os

LONGEST = 200  # characters shown


def printable(name: str | os.PathLike) -> str:
    """A name with what would move the cursor, colour the terminal or turn the line around written as escapes."""
    text = os.fspath(name)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)
