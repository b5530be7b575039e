"""The one way in which benchmarks print: a line on the machine, then Markdown tables."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

from gazehub.onnx import usable_cores


def print_machine() -> None:
    """The machine, its load, and what runs on it."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "onnxruntime", "opencv-python-headless"))
    print(
        f"{platform.machine()}, {usable_cores()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {packages}"
    )


def print_table(title: str, columns: Sequence[str], rows: dict[str, Sequence[object]]) -> None:
    """
    Args:
        columns: their heads, that of the row names apart.
        rows: the cells of each, by its name.
    """
    lines = [["", *columns], *([name, *map(str, cells)] for name, cells in rows.items())]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    print(f"\n{title}\n")
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:]))]
        print("| " + " | ".join(cells) + " |", flush=True)
