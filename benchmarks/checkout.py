"""A checkout of gazehub and the interpreter that runs it: this one, or another to compare with."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """
    Args:
        folder: the repository, with `gazehub/` in it.
        python: an interpreter that has what it needs.
    """

    folder: Path
    python: str

    @classmethod
    def this(cls) -> Checkout:
        return cls(Path(__file__).resolve().parents[1], sys.executable)

    @property
    def environment(self) -> dict[str, str]:
        """Of processes that import gazehub from the folder, whatever else is installed."""
        return {**os.environ, "PYTHONPATH": str(self.folder)}


def add_arguments(parser: argparse.ArgumentParser, required: bool) -> None:
    """`OTHER` and `--python`."""
    parser.add_argument(
        "other", nargs=None if required else "?", type=Path, metavar="OTHER", help="another checkout of gazehub"
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs it (default: this one)")


def other_of(args: argparse.Namespace) -> Checkout | None:
    """
    Raises:
        ValueError: there is no gazehub in the folder.
    """
    if args.other is None:
        return None
    if not (args.other / "gazehub" / "__init__.py").is_file():
        raise ValueError(f"{args.other} is no checkout of gazehub: it has no gazehub/__init__.py.")
    return Checkout(args.other.resolve(), args.python)
