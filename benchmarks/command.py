"""What a fresh process costs: `gazehub correct photo.jpg`, and `import gazehub` with the networks loaded.

python -m benchmarks.command
python -m benchmarks.command ../before --python ../before/.venv/bin/python    (another checkout beside it)

The processes are fresh, the files they read are in the system's cache. Medians of several runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checkout import Checkout, add_arguments, other_of
from benchmarks.table import print_machine, print_table

PHOTO = Path(__file__).parents[1] / "gazehub/files/grace_hopper.jpg"
COMMAND = ["-m", "gazehub", "correct", "photo.jpg", "-o", "corrected.png"]
LOAD = """
import time; start = time.perf_counter()
import gazehub; gazehub.GazePipeline.from_pretrained()
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Usage:
    """What one process took.

    Args:
        cpu: seconds, user and system.
        wall: seconds.
        peak: megabytes.
        output: what it printed.
    """

    cpu: float
    wall: float
    peak: float
    output: str


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.command", description=__doc__.split("\n")[0])
    add_arguments(parser, required=False)
    parser.add_argument("--runs", type=int, default=7, help="default: 7")
    args = parser.parse_args(argv)
    try:
        sides = {"this": Checkout.this()} | ({"other": other} if (other := other_of(args)) else {})
        print_machine()
        corrections: dict[str, list[Usage]] = {side: [] for side in sides}
        loads: dict[str, list[Usage]] = {side: [] for side in sides}
        for _ in range(1 + args.runs):  # the first fills the system's cache
            for side, checkout in sides.items():
                corrections[side].append(run(checkout, COMMAND))
                loads[side].append(run(checkout, ["-c", LOAD]))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    def row(runs: dict[str, list[Usage]], value) -> list[str]:
        return [f"{statistics.median(map(value, runs[side][1:])):.3g}" for side in sides]

    print_table(
        "A fresh process",
        list(sides),
        {
            "gazehub correct photo.jpg: CPU, s": row(corrections, lambda usage: usage.cpu),
            "gazehub correct photo.jpg: wall, s": row(corrections, lambda usage: usage.wall),
            "gazehub correct photo.jpg: peak memory, MB": row(corrections, lambda usage: usage.peak),
            "import gazehub, from_pretrained(): wall, s": row(loads, lambda usage: float(usage.output)),
            "the same with Python itself: CPU, s": row(loads, lambda usage: usage.cpu),
            "the same: peak memory, MB": row(loads, lambda usage: usage.peak),
        },
    )
    return 0


def run(checkout: Checkout, arguments: list[str]) -> Usage:
    """Run Python in an empty folder with photo.jpg in it, from a small process: the peak of a child begins with the
    memory of its parent.

    Raises:
        ValueError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "photo.jpg").write_bytes(PHOTO.read_bytes())
        with open(Path(folder, "output"), "w+") as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                [checkout.python, *arguments],
                cwd=folder,
                env=checkout.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            text = Path(output.name).read_text()
    if process.returncode:
        last = "".join(text.strip().splitlines()[-1:])
        raise ValueError(f"python {' '.join(arguments[:3])} failed in {checkout.folder}: {last}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit / 1e6, text)


if __name__ == "__main__":
    sys.exit(main())
