"""What reaches the person at the keyboard, and what doesn't."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr

from gazehub.files.names import escaped


def tell(sentence: str) -> None:
    """Say something on stderr; what would steer the terminal, as names of files may, is shown as escapes."""
    print(f"gazehub: {escaped(sentence)}", file=sys.stderr)


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments as `tell` would."""

    def error(self, message: str):
        super().error(escaped(message))


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Native libraries log to file descriptor 2: send that nowhere, while Python's own stderr keeps its way out."""
    kept = os.dup(2)
    own = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with own, redirect_stderr(own) if sys.stderr is sys.__stderr__ else nullcontext(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def flush_output() -> None:
    """Raises: OSError: what was printed can't be written, for instance on a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again as it ends
        raise
