"""The authors' whole-face network beside our whole photo, in the same run and the same runtime.

python -m benchmarks.whole_face

Theirs is the network alone (both eyes' content codes and the in-painting), on an aligned face; ours is everything:
landmarks, reading, a look at the mirror image where the eyes look away, drawing. At 512 pixels theirs is the naive
variant: the same layers on a face twice as large, with a bottleneck four times as wide. Its weights are random, which
costs the same. Milliseconds, median (10th-90th percentile).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from benchmarks.pictures import AVERTED, CAMERA, LARGER_EYES, pictures
from benchmarks.table import print_machine, print_table
from benchmarks.timing import Times
from gazehub import GazePipeline
from gazehub.onnx import open_network
from train.baselines.whole_face import WholeFaceCorrection

SIZES, THREADS, OURS = (256, 512), (1, 2), (CAMERA, AVERTED, LARGER_EYES)


class Correct(nn.Module):
    """Their correction as one graph."""

    def __init__(self, network: WholeFaceCorrection) -> None:
        super().__init__()
        self.network = network.eval()

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.network.correct(picture)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_face", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of three calls each (default: 7)")
    args = parser.parse_args(argv)
    ours = {threads: GazePipeline.from_pretrained(threads=threads) for threads in THREADS}
    images = pictures(ours[1])
    with tempfile.TemporaryDirectory() as folder:
        files = {size: Path(folder, f"{size}.onnx") for size in SIZES}
        for size, file in files.items():
            export(WholeFaceCorrection(size=size), file)
        theirs = {(size, threads): network_of(files[size], size, threads) for size in SIZES for threads in THREADS}
    print_machine()
    times = Times()
    for _ in range(args.rounds):
        for threads, pipe in ours.items():
            cv2.setNumThreads(threads)
            for size in SIZES:
                times.time((size, threads), theirs[size, threads])
            for name in OURS:
                times.time((name, threads), lambda pipe=pipe, name=name: pipe.correct(images[name]))
    print_both(times)
    return 0


def print_both(times: Times) -> None:
    labels = [f"threads: {threads}" for threads in THREADS]
    rows = {f"their network at {size} px": [times[size, threads] for threads in THREADS] for size in SIZES}
    rows |= {f"our photo of 512 px, {name}": [times[name, threads] for threads in THREADS] for name in OURS}
    print_table("The authors' whole-face network beside our whole photo, ms", labels, rows)
    print_table(
        "Their network over our photo",
        labels,
        {
            f"{size} px / {name}": [f"{times.ratio((size, threads), (name, threads)):.2f}" for threads in THREADS]
            for size in SIZES
            for name in OURS
        },
    )


def export(network: WholeFaceCorrection, file: Path) -> None:
    """Write their network as ONNX."""
    picture = torch.rand(1, 3, network.config.size, network.config.size) * 2 - 1
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # that torchvision is missing matters to nobody here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Correct(network).eval(), (picture,), file, dynamo=True, verbose=False)


def network_of(file: Path, size: int, threads: int) -> Callable[[], np.ndarray]:
    """One face through their network."""
    session = open_network(file, threads)
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    feed = {session.get_inputs()[0].name: picture}
    return lambda: session.run(None, feed)[0]


if __name__ == "__main__":
    sys.exit(main())
