"""The photo beside another checkout with an interpreter of its own, in alternation, and the ratios of medians.

python -m benchmarks.compare ../before --python ../before/.venv/bin/python
python -m benchmarks.compare ../before --python ../before/.venv/bin/python --threads 1 2 --busy 0 1

Milliseconds, median (10th-90th percentile); both get the same pixels.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from benchmarks.checkout import Checkout, add_arguments, other_of
from benchmarks.pictures import AVERTED, CAMERA, LARGE, LARGE_AVERTED, LARGER_EYES, pictures
from benchmarks.table import print_machine, print_table
from benchmarks.timing import CALLS, Times, busy_cores
from gazehub import GazePipeline

FILES = {
    "camera": CAMERA,
    "averted": AVERTED,
    "larger": LARGER_EYES,
    "large": LARGE,
    "large-averted": LARGE_AVERTED,
}
MEASURES = [  # of the worker, and the picture's file
    *(("photo", file) for file in FILES),
    *(("encode", file) for file in ("camera", "averted")),
    *(("slider", file) for file in ("camera", "larger")),
]
SETTLE = 0.1  # seconds from one side's calls to the other's: torch's threads spin on for a while


class Worker:
    """`benchmarks/worker.py` at work in a checkout."""

    def __init__(self, process: subprocess.Popen, checkout: Checkout, errors: Path) -> None:
        """
        Raises:
            ValueError: it does not run, or runs another gazehub.
        """
        self._process, self._errors = process, errors
        self._checkout = checkout
        hello = json.loads(self._answer())
        self.looks: dict[str, str] = hello["looks"]
        if Path(hello["package"]).resolve() != (checkout.folder / "gazehub").resolve():
            raise ValueError(f"{checkout.python} imports gazehub from {hello['package']}, not from {checkout.folder}.")

    def seconds(self, measure: str, file: str) -> list[float]:
        """Of `CALLS` calls."""
        self._process.stdin.write(f"{measure} {file} {CALLS}\n")
        self._process.stdin.flush()
        return json.loads(self._answer())

    def _answer(self) -> str:
        line = self._process.stdout.readline()
        if not line:
            last = self._errors.read_text().strip().splitlines()[-1:]
            raise ValueError(f"gazehub in {self._checkout.folder} does not run: {''.join(last)}")
        return line


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.split("\n")[0])
    add_arguments(parser, required=True)
    parser.add_argument("--threads", type=int, nargs="+", default=[0], help="default: whatever each takes by itself")
    parser.add_argument("--busy", type=int, nargs="+", default=[0], help="cores that something else keeps busy")
    parser.add_argument("--rounds", type=int, default=9, help="of three calls each (default: 9)")
    args = parser.parse_args(argv)
    try:
        sides = {"other": other_of(args), "this": Checkout.this()}
        with tempfile.TemporaryDirectory() as folder:
            images = pictures(GazePipeline.from_pretrained())
            for file, name in FILES.items():
                np.save(Path(folder, file), images[name])
            print_machine()
            for threads in args.threads:
                compare(sides, Path(folder), MEASURES, threads, args.busy, args.rounds)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def compare(
    sides: dict[str, Checkout],
    folder: Path,
    measures: list[tuple[str, str]],
    threads: int,
    busy: list[int],
    rounds: int,
) -> None:
    """Measure and print.

    Args:
        sides: "other" and "this", in the order in which they are measured.
        folder: with the pictures that the measures name.
        threads: of the processor to use; 0 for whatever each takes by itself.
        busy: numbers of cores that something else keeps busy.
        rounds: of `CALLS` calls each.
    """
    times = Times()
    with ExitStack() as stack:
        workers = {side: stack.enter_context(_work(side, sides[side], folder, threads)) for side in sides}
        for _ in range(rounds):
            for count in busy:
                with busy_cores(count):
                    for measure in measures:
                        for side, worker in workers.items():
                            time.sleep(SETTLE)
                            times.add((side, measure, count), worker.seconds(*measure))
        looks = {file: ", ".join(worker.looks[file] for worker in workers.values()) for _, file in measures}
    for count in busy:
        rows = {}
        for measure, file in measures:
            this, other = (("this", (measure, file), count), ("other", (measure, file), count))
            ratio = f"{times.ratio(this, other):.2f}"
            rows[f"{measure}, {FILES[file]}"] = [looks[file], times[other], times[this], ratio]
        how = f"{threads} threads" if threads else "threads as each takes them"
        title = f"This checkout beside the other, ms; {how}, {count} cores busy"
        print_table(title, ["look in other, this", "other", "this", "this / other"], rows)


@contextmanager
def _work(side: str, checkout: Checkout, folder: Path, threads: int) -> Iterator[Worker]:
    script, errors = Path(__file__).parent / "worker.py", folder / f"{side}.log"
    command = [checkout.python, "-P", str(script), str(folder), str(threads)]  # -P: not this folder's modules
    with open(errors, "w") as error_file:
        with subprocess.Popen(
            command,
            env=checkout.environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=error_file,
            text=True,
        ) as process:
            try:
                yield Worker(process, checkout, errors)
            finally:
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
