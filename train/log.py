"""The course of a run, for people and for plots."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import torch
from torch import Tensor


class Log:
    """Means over every 20 steps, as rows of a CSV file and on the screen."""

    def __init__(self, path: Path, start: int, every: int = 20) -> None:
        self.path, self.every, self.sums, self.clock = path, every, {}, time.monotonic()
        self.columns = ["step", "seconds", "loss", "content", "angle", "coarse", "fine", "edges", "gaze"]
        self.columns += ["consistency", "smooth", "cycle", "decisive", "filled", "adversarial", "features"]
        self.columns.append("discriminator")
        rows = []
        if start and path.exists():
            with open(path, newline="") as handle:
                rows = [row for row in csv.DictReader(handle) if int(row["step"]) < start]
        with open(path, "w", newline="") as handle:
            writer = csv.DictWriter(handle, self.columns)
            writer.writeheader()
            writer.writerows(rows)

    def add(self, step: int, terms: dict[str, Tensor]) -> None:
        for name, value in terms.items():
            self.sums.setdefault(name, []).append(value)
        if (step + 1) % self.every:
            return
        steps = len(self.sums["loss"])
        row = {"step": step, "seconds": f"{(time.monotonic() - self.clock) / steps:.3f}"}
        row |= {name: f"{torch.stack(values).mean().item():.5f}" for name, values in self.sums.items()}
        with open(self.path, "a", newline="") as handle:
            csv.DictWriter(handle, self.columns).writerow(row)
        print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        self.sums, self.clock = {}, time.monotonic()
