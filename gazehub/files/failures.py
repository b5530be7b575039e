"""What went wrong, in a sentence."""

from __future__ import annotations

from gazehub.files.names import printable


def is_known(error: Exception) -> bool:
    """Whether it is something that people, disks or machines do, and no mistake of this program."""
    return isinstance(error, (ValueError, OSError, MemoryError))


def sentence(error: Exception) -> str:
    """An error as it is told to the person whose photo it is. The project's own say what to do already."""
    if isinstance(error, MemoryError):
        return "There is too little memory for this."
    if isinstance(error, OSError) and error.strerror:
        where = f"{printable(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
        return f"{where}{error.strerror}."
    return str(error) if is_known(error) else f"This should not happen ({type(error).__name__}: {error})."
