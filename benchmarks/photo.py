"""One photo from array to array: end to end, its stages, a step of the slider; threads, busy cores, 4,000 pixels.

python -m benchmarks.photo

Milliseconds, median (10th-90th percentile). Decoding and encoding of image files are apart.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import cv2
import numpy as np

from benchmarks.pictures import CAMERA, ENLARGED, pictures
from benchmarks.table import print_machine, print_table
from benchmarks.timing import Times, busy_cores
from gazehub import GazePipeline, aim
from gazehub.draw import draw
from gazehub.portrait import Portrait
from gazehub.read import read

THREADS, BUSY = (1, 2), (0, 1)
PHOTO, SLIDER = "photo, end to end", "slider step"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photo", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of three calls each (default: 7)")
    args = parser.parse_args(argv)
    pipes = {threads: GazePipeline.from_pretrained(threads=threads) for threads in THREADS}
    images = pictures(pipes[1])
    print_machine()
    print_stages(pipes[1], images, args.rounds)
    print_threads(pipes, images, args.rounds)
    return 0


def print_stages(pipe: GazePipeline, images: dict[str, np.ndarray], rounds: int) -> None:
    """The stages of each picture on one thread."""
    stages = {name: _stages(pipe, image) for name, image in images.items()}
    times = Times()
    cv2.setNumThreads(1)
    for _ in range(rounds):
        for name, functions in stages.items():
            for stage, function in functions.items():
                times.time((name, stage), function)

    def rest(name: str, whole: str, *parts: str) -> str:
        return f"{times[name, whole].median - sum(times[name, part].median for part in parts):.1f}"

    faces = {name: pipe.encode(image).faces[0] for name, image in images.items()}
    print_table(
        "One photo on one thread, ms",
        list(images),
        {
            "looks": [face.domain for face in faces.values()],
            "eye width, pixels": [f"{pipe.landmarker(image)[0].eyes[0].frame.width:.0f}" for image in images.values()],
            PHOTO: [times[name, PHOTO] for name in images],
            "  way in": [times[name, "way in"] for name in images],
            "  landmarks": [times[name, "landmarks"] for name in images],
            "  read": [times[name, "read"] for name in images],
            "  second look, if any": [rest(name, "encode", "way in", "landmarks", "read") for name in images],
            "  draw": [times[name, "draw"] for name in images],
            "  report": [rest(name, "correct", "draw") for name in images],
            "the result as a PIL image": [times[name, "image"] for name in images],
            SLIDER: [times[name, SLIDER] for name in images],
        },
    )


def _stages(pipe: GazePipeline, image: np.ndarray) -> dict[str, Callable[[], object]]:
    encoding, faces = pipe.encode(image), pipe.landmarker(image)
    reading = read(pipe.networks, image, faces)
    wanted = aim.correct(reading, aim.Choice.of(reading))
    return {
        PHOTO: lambda: pipe.correct(image),
        "way in": lambda: Portrait.load(image),
        "landmarks": lambda: pipe.landmarker(image),
        "read": lambda: read(pipe.networks, image, faces),
        "encode": lambda: pipe.encode(image),
        "draw": lambda: draw(pipe.networks, image, wanted),
        "correct": lambda: encoding.correct(),
        "image": lambda: Portrait(image).image,
        SLIDER: lambda: encoding.redirect(20, 5),
    }


def print_threads(pipes: dict[int, GazePipeline], images: dict[str, np.ndarray], rounds: int) -> None:
    """Every picture end to end and the slider, by threads and by how many cores something else keeps busy."""
    encodings = {threads: pipe.encode(images[CAMERA]) for threads, pipe in pipes.items()}
    times = Times()
    for _ in range(rounds):
        for busy in BUSY:
            with busy_cores(busy):
                for threads, pipe in pipes.items():
                    cv2.setNumThreads(threads)
                    for name, image in images.items():
                        times.time((name, threads, busy), lambda pipe=pipe, image=image: pipe.correct(image))
                    slide = encodings[threads].redirect
                    times.time((SLIDER, threads, busy), lambda slide=slide: slide(20, 5))
    ways = [(threads, busy) for busy in BUSY for threads in THREADS]
    labels = [_count(threads) + (f", {busy} core busy" if busy else "") for threads, busy in ways]
    names = [*images, SLIDER]
    print_table("Threads and busy cores, ms", labels, {name: [times[name, *way] for way in ways] for name in names})
    print_table(
        "Ratios of these medians",
        names,
        {
            "two threads, times as fast as one": [_times(times.ratio((name, 1, 0), (name, 2, 0))) for name in names],
            "slow-down by a busy core, 1 thread": [_times(times.ratio((name, 1, 1), (name, 1, 0))) for name in names],
            "slow-down by a busy core, 2 threads": [_times(times.ratio((name, 2, 1), (name, 2, 0))) for name in names],
        },
    )
    print_table(
        "4,000 px over 512 px, the same picture, end to end",
        [_count(threads) for threads in THREADS],
        {
            f"{large} / {small}": [_times(times.ratio((large, each, 0), (small, each, 0))) for each in THREADS]
            for large, small in ENLARGED.items()
        },
    )


def _count(threads: int) -> str:
    return f"{threads} thread" if threads == 1 else f"{threads} threads"


def _times(ratio: float) -> str:
    return f"{ratio:.2f}"


if __name__ == "__main__":
    sys.exit(main())
