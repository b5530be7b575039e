"""The loss curves of a run as a picture.

python -m train.evaluation.curves RUN/log.csv curves.png
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from matplotlib.figure import Figure

PANELS = (
    ("pictures", ("coarse", "fine", "edges", "cycle", "content")),
    ("gaze, eye widths", ("angle", "gaze")),
    ("adversarial", ("discriminator", "features")),
)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.curves", description=__doc__.split("\n")[0])
    parser.add_argument("log", type=Path, help="log.csv of a run")
    parser.add_argument("picture", type=Path, help="PNG to write")
    args = parser.parse_args(argv)
    try:
        draw(args.log, args.picture)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def draw(log: Path, picture: Path) -> Path:
    """One panel per kind of loss over the steps; a loss starts where its phase does.

    Raises:
        ValueError: the log is empty.
    """
    with open(log, newline="") as handle:
        rows = list(csv.DictReader(handle))
    if not rows:
        raise ValueError(f"{log} has no rows yet: a run writes one every 20 steps")
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    for axes, (title, names) in zip(figure.subplots(1, len(PANELS)), PANELS):
        for name in names:
            known = [(int(row["step"]) + 1, float(row[name])) for row in rows if row[name]]
            if known:
                axes.plot(*zip(*known), label=name, linewidth=1)
        axes.set(title=title, xlabel="step", yscale="log")
        axes.legend(fontsize="small", loc="upper right")
    figure.savefig(picture, dpi=100)
    return picture


if __name__ == "__main__":
    sys.exit(main())
