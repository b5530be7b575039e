"""How films come out: `python -m train.evaluation.video FOLDER [-o REPORT] [--card CARD]`.

Every clip of a folder is run through a `GazeStream`, and the landmarks of a landmarker that remembers nothing are
compared before and after. Beside the report lies a filmstrip per clip, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from gazehub.eye_frame import soft_mask
from gazehub.faces.face import Face
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.faces.search import overlap
from gazehub.gaze import (
    AVERTED_BAND,
    CAMERA_BAND,
    camera_offset,
    face_residual,
    residual_size,
)
from gazehub.limits import CLOSED_BELOW
from gazehub.pipeline_gaze import GazePipeline
from gazehub.pipeline_video import VideoPipeline
from train.evaluation.measures.film_lids import openness_by_iris_network, turned_with_lids_held
from train.evaluation.reading.iris_reader import IrisReader
from train.evaluation.video_table import BLOCK, renew

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
STRIP_EVERY, STRIP_ZOOM, STRIP_COLUMNS = 10, 3, 6
HELD_EVERY = 4  # frames: turning eyeballs by construction takes a while

# What draws a frame, given its seconds in the film; returns it drawn, and how much of a change its first face got.
Draw = Callable[[np.ndarray, float], tuple[np.ndarray, float]]


@dataclass(frozen=True, eq=False)
class Frame:
    """What is seen of the largest face of one frame.

    Args:
        residual: (2, 2) of the face before and after; NaN where there is none.
        worse: (2,) size of the residual of the worse eye, before and after.
        openness: (2,) of the more closed eye, before and after.
        mirrored: the same before, read in the mirror image: how far the reader agrees with itself.
        change: mean absolute change in the region that may change, of 255.
        amount: of the change, as the stream reports it.
        held: openness before, read where the eyes were turned into the lens with their lids held; NaN where they were
            not.
        independent: (2,) openness before and after by the iris network.
        twice: (2,) residual of the face after, by the mean of the frame and its mirror image.
    """

    residual: np.ndarray
    worse: np.ndarray
    openness: np.ndarray
    mirrored: float
    change: float
    amount: float
    held: float = np.nan
    independent: np.ndarray = field(default_factory=lambda: np.full(2, np.nan))
    twice: np.ndarray = field(default_factory=lambda: np.full(2, np.nan))


def decode(clip: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Seconds and (H, W, 3) uint8 RGB of every frame."""
    import av

    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            yield float(frame.time), frame.to_ndarray(format="rgb24")


def measure(frames: list[Frame]) -> dict:
    """The measures of a clip; None where there is nothing to measure."""
    residual = np.stack([frame.residual for frame in frames])
    worse, openness = (np.stack([getattr(frame, name) for frame in frames]) for name in ("worse", "openness"))
    is_open, closed = openness[:, 0] >= CLOSED_BELOW, openness[:, 0] < CLOSED_BELOW
    averted = is_open & (residual_size(residual[:, 0]) > AVERTED_BAND)
    mirrored, held = (np.array([getattr(frame, name) for frame in frames]) for name in ("mirrored", "held"))
    independent, twice = (np.stack([getattr(frame, name) for frame in frames]) for name in ("independent", "twice"))
    change = np.array([frame.change for frame in frames])
    bends = np.linalg.norm(residual[2:] - 2 * residual[1:-1] + residual[:-2], axis=-1)
    open_bends = bends[is_open[2:] & is_open[1:-1] & is_open[:-2]]
    return {
        "frames": len(frames),
        "averted_open_frames": int(averted.sum()),
        "in_band": _mean(residual_size(residual[averted, 1]) < CAMERA_BAND),
        "in_band_twice": _mean(residual_size(twice[averted]) < CAMERA_BAND),
        "in_band_worse_eye": _mean(worse[averted, 1] < CAMERA_BAND),
        "second_difference_ratio": _ratio(open_bends),
        "second_difference_ratio_all_frames": _ratio(bends),
        "wander_before": _deviation(residual[is_open, 0, 0]),
        "wander_after": _deviation(residual[is_open, 1, 0]),
        "openness_correlation": _correlation(*openness.T),
        "openness_correlation_mirrored": _correlation(openness[:, 0], mirrored),
        "openness_correlation_held": _correlation(openness[:, 0], held),
        "openness_correlation_iris_network": _correlation(*independent.T),
        "closed_frames": int(closed.sum()),
        "closed_change": _mean(change[closed]),
        "closed_change_worst": _rounded(change[closed].max()) if closed.any() else None,
        "mean_amount": _mean(np.array([frame.amount for frame in frames])),
    }


def library(pipeline: VideoPipeline) -> Draw:
    """As a `GazeStream` of its own draws."""
    stream = pipeline.stream()

    def draw(frame: np.ndarray, seconds: float) -> tuple[np.ndarray, float]:
        drawn, report = stream(frame, seconds)
        return drawn, report.faces[0].amount if report.faces else 0.0

    return draw


def watch(draw: Draw, coefficients: np.ndarray, clip: Path, limit: int | None) -> tuple[dict, Image.Image]:
    """The measures of a clip, and its filmstrip.

    Args:
        draw: the frames of the clip, in their order.
        limit: of frames; None for all.
    """
    landmarker, iris_reader = FaceLandmarker(), IrisReader()
    frames, strip, spent = [], [], 0.0
    for index, (seconds, before) in enumerate(decode(clip)):
        if index == limit:
            break
        start = time.perf_counter()
        after, amount = draw(before, seconds)
        spent += time.perf_counter() - start
        found, mirrored = landmarker(before), landmarker(np.ascontiguousarray(before[:, ::-1]))
        later = landmarker(after)
        frame = _frame(coefficients, before, after, found[:1], later, mirrored[:1], amount)
        again = landmarker.look_again(after, later[0]) if later else None
        if again is not None:
            frame = replace(frame, twice=face_residual(coefficients, again))
        if found:
            pair = [openness_by_iris_network(iris_reader, picture, found[0]) for picture in (before, after)]
            frame = replace(frame, independent=np.array(pair))
        if found and index % HELD_EVERY == 0 and residual_size(frame.residual[0]) > AVERTED_BAND:
            held = turned_with_lids_held(coefficients, before, found[0])
            looked = [] if held is None else landmarker(held)
            frame = replace(frame, held=_openness(looked[0]) if looked else np.nan)
        frames.append(frame)
        if index % STRIP_EVERY == 0 and found:
            strip.append(eyes_of(before, after, found[0]))
    return measure(frames) | {"milliseconds_a_frame": round(1000 * spent / len(frames), 1)}, filmstrip(strip)


def filmstrip(cells: list[Image.Image]) -> Image.Image:
    """Cells in rows, in the size of the first."""
    if not cells:
        return Image.new("RGB", (1, 1))
    width, height = cells[0].size
    sheet = Image.new("RGB", (STRIP_COLUMNS * (width + 6), -(-len(cells) // STRIP_COLUMNS) * (height + 6)), "white")
    for index, cell in enumerate(cells):
        row, column = divmod(index, STRIP_COLUMNS)
        sheet.paste(cell.resize((width, height)), (column * (width + 6), row * (height + 6)))
    return sheet


def _frame(
    coefficients: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    found: list[Face],
    later: list[Face],
    mirrored: list[Face],
    amount: float,
) -> Frame:
    nothing = np.full(2, np.nan)
    if not found:
        return Frame(np.full((2, 2), np.nan), nothing, nothing, np.nan, 0.0, amount)
    face = found[0]
    again = next((other for other in later if overlap(face.box, other.box) > 0.5), None)
    pair = (face, face if again is None else again)
    residual = np.stack([face_residual(coefficients, each) for each in pair])
    worse = np.array([max(_eye_residuals(coefficients, each)) for each in pair])
    openness = np.array([_openness(each) for each in pair])
    if again is None:
        residual[1], worse[1], openness[1] = np.nan, np.nan, np.nan
    mirror_openness = _openness(mirrored[0]) if mirrored else np.nan
    return Frame(residual, worse, openness, mirror_openness, _change(before, after, face), amount)


def _openness(face: Face) -> float:
    return min(eye.openness for eye in face.eyes)


def _eye_residuals(coefficients: np.ndarray, face: Face) -> list[float]:
    return [float(residual_size(eye.offset - camera_offset(coefficients, face, eye))) for eye in face.eyes]


def _change(before: np.ndarray, after: np.ndarray, face: Face) -> float:
    """Mean absolute difference where the mask of an eye is not 0; the worse eye."""
    changes = []
    for eye in face.eyes:
        center, reach = eye.frame.center, eye.frame.width
        left, top = np.maximum(np.floor(center - reach).astype(int), 0)
        part = np.s_[top : int(center[1] + reach) + 1, left : int(center[0] + reach) + 1]
        rows, columns = np.indices(before[part].shape[:2])
        points = eye.frame.to_frame(np.stack([columns + left, rows + top], axis=-1))
        mask = soft_mask(points[..., 0], points[..., 1]) > 0
        if mask.any():
            changes.append(float(np.abs(after[part].astype(int) - before[part])[mask].mean()))
    return max(changes, default=0.0)


def eyes_of(before: np.ndarray, after: np.ndarray, face: Face) -> Image.Image:
    """Both eyes, before above after."""
    centers = np.stack([eye.frame.center for eye in face.eyes])
    width = np.hypot(*(centers[1] - centers[0])) * 1.9
    left, top = np.rint(centers.mean(axis=0) - [width / 2, width / 6]).astype(int)
    box = (int(left), int(top), int(left + width), int(top + width / 3))
    size = (box[2] - box[0]) * STRIP_ZOOM, (box[3] - box[1]) * STRIP_ZOOM
    halves = [Image.fromarray(each).crop(box).resize(size, Image.Resampling.BICUBIC) for each in (before, after)]
    return Image.fromarray(np.vstack(halves))


def _ratio(bends: np.ndarray) -> float | None:
    """95th percentile after over before, of (N, 2)."""
    bends = bends[np.isfinite(bends).all(axis=-1)]
    return _rounded(np.divide(*np.percentile(bends, 95, axis=0)[::-1])) if len(bends) else None


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    seen = np.isfinite(one) & np.isfinite(other)
    return _rounded(np.corrcoef(one[seen], other[seen])[0, 1]) if seen.sum() > 2 else None


def _mean(values: np.ndarray) -> float | None:
    return _rounded(np.mean(values)) if len(values) else None


def _deviation(values: np.ndarray) -> float | None:
    return _rounded(np.nanstd(values)) if len(values) else None


def _rounded(value: float) -> float:
    return round(float(value), 4)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.video", description=__doc__)
    parser.add_argument("folder", type=Path, help="with clips: " + " ".join(SUFFIXES))
    parser.add_argument("-o", "--output", type=Path, default=Path("video-report"), help="folder for the report")
    parser.add_argument("--weights", default=None, help="a folder or a hub id; those of the package by default")
    parser.add_argument("--frames", type=int, default=None, help="of each clip at most so many")
    parser.add_argument("--threads", type=int, default=None, help="for the networks")
    parser.add_argument("--card", type=Path, help="a model card whose <!-- video --> table to renew")
    options = parser.parse_args(arguments)
    clips = sorted(path for path in options.folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not clips:
        parser.error(f"{options.folder} holds no clip ({' '.join(SUFFIXES)}).")
    if options.card and not (options.card.is_file() and BLOCK.search(options.card.read_text())):
        parser.error(f"{options.card} has no <!-- video --> block.")
    pipeline = GazePipeline.from_pretrained(options.weights, threads=options.threads)
    options.output.mkdir(parents=True, exist_ok=True)
    results = {}
    for clip in clips:
        draw = library(VideoPipeline(pipeline))
        results[clip.stem], strip = watch(draw, pipeline.camera_coefficients, clip, options.frames)
        strip.save(options.output / f"{clip.stem}.png")
        print(clip.stem, json.dumps(results[clip.stem]), flush=True)
        (options.output / "video.json").write_text(json.dumps(results, indent=1) + "\n")
    if options.card:
        renew(options.card, results)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
