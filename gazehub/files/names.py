"""Names of files in sentences for people."""

from __future__ import annotations

import os

LONGEST = 200  # characters of a name shown


def escaped(text: str | os.PathLike) -> str:
    """A text with what would move the cursor, colour the terminal or turn the line around written as escapes."""
    text = os.fsdecode(text)
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)


def printable(name: str | os.PathLike) -> str:
    """A name, escaped, and not all of one that is very long."""
    text = os.fsdecode(name)
    return escaped(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
