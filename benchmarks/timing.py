"""Milliseconds of calls that are made in turns, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np

CALLS = 3  # that are timed in a row, after one that is not


@dataclass(frozen=True)
class Timing:
    """Milliseconds: the median, the 10th and the 90th percentile."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        low, median, high = np.percentile(seconds, [10, 50, 90]) * 1000
        return cls(median, low, high)

    def __str__(self) -> str:
        digits = 0 if self.median >= 100 else 1 if self.median >= 10 else 2
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}-{self.high:.{digits}f})"


class Times:
    """What was timed so far, by name. Names come round several times, others between."""

    def __init__(self) -> None:
        self._seconds: dict[Hashable, list[float]] = defaultdict(list)

    def time(self, name: Hashable, function: Callable[[], object]) -> None:
        """Call a function once to warm up, then `CALLS` times."""
        function()
        for _ in range(CALLS):
            start = time.perf_counter()
            function()
            self._seconds[name].append(time.perf_counter() - start)

    def add(self, name: Hashable, seconds: Sequence[float]) -> None:
        """What was timed elsewhere."""
        self._seconds[name] += seconds

    def __getitem__(self, name: Hashable) -> Timing:
        return Timing.of(self._seconds[name])

    def ratio(self, one: Hashable, other: Hashable) -> float:
        """Of two medians."""
        return self[one].median / self[other].median


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Meanwhile, so many processes do nothing but turn in circles, on whichever core."""
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(process.kill)
        time.sleep(0.3 if count else 0)  # until they do
        yield
