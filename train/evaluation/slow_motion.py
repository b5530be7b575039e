"""Blinks and fades of films, every frame: `python -m train.evaluation.slow_motion FOLDER -o STRIPS`.

Averages hide what the eye sees at once: a lid that is raised in the middle of a blink, a snap where the eyes are let
go. So every frame around each is laid out, eyes at three times their size, before above after, with its number, how
much of the change is shown, and how far the more closed eye is open before and after.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from gazehub.faces.landmarker import FaceLandmarker
from gazehub.pipeline_gaze import GazePipeline
from train.evaluation.video import SUFFIXES, decode, eyes_of, filmstrip

AROUND = 4  # frames that are shown before and after
BLINK = 0.7  # of the usual openness: what is below belongs to a blink
LONGEST = 36  # frames of one strip


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame.

    Args:
        amount: of the change, as the stream reports it.
        openness: (2,) of the more closed eye, before and after.
        cell: the eyes.
    """

    amount: float
    openness: np.ndarray
    cell: Image.Image


def watch(pipeline: GazePipeline, clip: Path, limit: int | None = None) -> list[Moment]:
    """Every frame of a clip that shows a face."""
    landmarker, stream, moments = FaceLandmarker(), pipeline.stream(), []
    for number, (seconds, before) in enumerate(decode(clip)):
        if number == limit:
            break
        after, report = stream(before, seconds)
        found, again = landmarker(before)[:1], landmarker(after)[:1]
        if not found:
            continue
        openness = np.array([min(eye.openness for eye in face.eyes) for face in (found[0], (again or found)[0])])
        amount = report.faces[0].amount if report.faces else 0.0
        cell = eyes_of(before, after, found[0])
        text = f"{number}  {amount:.2f}  {openness[0]:.2f} {openness[1]:.2f}"
        ImageDraw.Draw(cell).text((4, 2), text, fill="yellow", stroke_width=2, stroke_fill="black")
        moments.append(Moment(amount, openness, cell))
    return moments


def events(moments: list[Moment]) -> list[range]:
    """Where eyes blink, or are taken up or let go; with what is around it."""
    amounts = np.array([moment.amount for moment in moments])
    openness = np.array([moment.openness[0] for moment in moments])
    busy = openness < BLINK * np.percentile(openness, 75)
    busy |= np.abs(np.gradient(amounts)) > 0.01
    found, start = [], None
    for number, each in enumerate([*busy, *[False] * (2 * AROUND + 1)]):
        if each:
            start, last = number if start is None else start, number
        elif start is not None and number - last > 2 * AROUND:
            found.append(range(max(0, start - AROUND), min(len(moments), last + AROUND + 1)))
            start = None
    return [part for event in found for part in parts(event)]


def parts(event: range) -> list[range]:
    return [event[start : start + LONGEST] for start in range(0, len(event), LONGEST)]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.slow_motion", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="with clips, or one clip: " + " ".join(SUFFIXES))
    parser.add_argument("-o", "--output", type=Path, default=Path("slow-motion"), help="folder for the strips")
    parser.add_argument("--weights", default=None, help="a folder or a hub id; those of the package by default")
    parser.add_argument("--frames", type=int, default=None, help="of each clip at most so many")
    parser.add_argument("--threads", type=int, default=None, help="for the networks")
    args = parser.parse_args(argv)
    files = [args.folder] if args.folder.is_file() else sorted(args.folder.glob("*"))
    clips = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not clips:
        parser.error(f"{args.folder} holds no clip ({' '.join(SUFFIXES)}).")
    pipeline = GazePipeline.from_pretrained(args.weights, threads=args.threads)
    args.output.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        moments = watch(pipeline, clip, args.frames)
        for number, event in enumerate(events(moments)):
            path = args.output / f"{clip.stem}_{number:02d}.png"
            filmstrip([moments[frame].cell for frame in event]).save(path)
            print(path, f"frames {event[0]} to {event[-1]}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
