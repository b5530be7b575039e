"""Who reads a gaze, and how well: readers calibrated on people who look into the lens and on known motions.

    python -m train.evaluation.readers PORTRAITS [--people people.csv] [-o train/evaluation/reading/readers.json]

Prints, by head yaw and for the nearer and the farther eye, how far each reader is off where people look into the lens,
how much that scatters, and how much of a known motion it sees, over what was fitted. Where the lens is, is fitted on
three quarters of the people and tried on the others, in turn; the file gets what is fitted on all of them. Residuals
are in units of `calibration.SHOWN`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazehub.faces.face import Face
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.gaze import CAMERA_BAND
from gazehub.limits import CLOSED_BELOW
from gazehub.model.networks import Networks
from gazehub.model.runtime import open_networks
from gazehub.read import crop_eyes
from train.corpus.rotate_eyeball import EyeballError
from train.evaluation.reading.calibration import (
    CALIBRATIONS,
    TURNED_BEYOND,
    Calibration,
    apart,
    directions_of,
    fit_gain,
    fit_zero,
    near_and_far,
    sizes_left,
    to_json,
)
from train.evaluation.reading.iris_reader import IrisReader
from train.evaluation.reading.known_motion import TurnablePortrait
from train.evaluation.reading.listing import CAMERA_SOURCES, FOLDS, ListedPortrait, list_portraits

Reader = Callable[[np.ndarray, Face], np.ndarray]  # pixels, a face found in them -> (2, 2) offsets of its eyes

MOTIONS = ((0.07, 0), (-0.07, 0), (0.14, 0), (-0.14, 0), (0, 0.05), (0, -0.05))  # eye widths
BANDS = ((0, 10), (10, 18), (18, 25), (25, 36))  # degrees of head yaw
MOVED_FACES = 60  # of each band at most so many are turned
SMALLEST_EYE = 30.0  # pixels; smaller eyes are read too roughly to learn from
OPEN_ENOUGH = 0.17  # openness of eyes that are turned


def mesh_reader(pixels: np.ndarray, face: Face) -> np.ndarray:
    """The attention mesh. It steers, and so flatters what it steers."""
    return np.stack([eye.offset for eye in face.eyes])


def encoder_reader(networks: Networks) -> Reader:
    """E_r, which steers and trains."""
    return lambda pixels, face: networks.encode(crop_eyes(pixels, face.eyes))[1].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Sighting:
    """One face as the readers saw it.

    Args:
        fold: of the person.
        directions: (2, 2) see `directions_of`.
        offsets: (2, 2) of both eyes, by the reader's name.
    """

    yaw: float
    fold: int
    directions: np.ndarray
    offsets: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Motion:
    """One face that was turned.

    Args:
        moved: (2, 2) by how much, in each eye's canonical frame.
        seen: (2, 2) change of the offsets, by the reader's name.
    """

    yaw: float
    directions: np.ndarray
    moved: np.ndarray
    seen: dict[str, np.ndarray]


def sighting(readers: dict[str, Reader], pixels: np.ndarray, face: Face, fold: int) -> Sighting:
    offsets = {name: reader(pixels, face) for name, reader in readers.items()}
    return Sighting(face.yaw, fold, directions_of(face), offsets)


def motions_of(
    readers: dict[str, Reader], landmarker: Callable[[np.ndarray], list[Face]], pixels: np.ndarray, face: Face
) -> list[Motion]:
    """The face turned by `MOTIONS`, found anew and read again; none if its eyes can't be turned."""
    try:
        portrait = TurnablePortrait(pixels, face)
    except EyeballError:
        return []
    before, motions = {name: reader(pixels, face) for name, reader in readers.items()}, []
    for motion in MOTIONS:
        try:
            turned = portrait.turned(np.array(motion))
        except EyeballError:
            continue
        found = landmarker(turned)
        if found:
            seen = {name: reader(turned, found[0]) - before[name] for name, reader in readers.items()}
            moved = np.array([[motion[0], motion[1]], [-motion[0], motion[1]]])
            motions.append(Motion(face.yaw, directions_of(face), moved, seen))
    return motions


def calibrate(name: str, sightings: list[Sighting], motions: list[Motion]) -> Calibration:
    """Of one reader."""
    near = [each for each in motions if abs(each.yaw) < BANDS[-1][1]]
    gain = fit_gain(*(np.concatenate(rows) for rows in zip(*((m.directions, m.seen[name], m.moved) for m in near))))
    directions, offsets = (np.stack(rows) for rows in zip(*((s.directions, s.offsets[name]) for s in sightings)))
    zero = fit_zero(directions.reshape(-1, 2), offsets.reshape(-1, 2), gain[:, 0])
    calibration = Calibration(zero.round(5).tolist(), gain.round(4).tolist(), (0.0, 0.0))
    off = np.abs(apart(calibration.residuals(offsets, directions)))
    turned = np.array([abs(each.yaw) > TURNED_BEYOND for each in sightings])
    limits = tuple(float(np.percentile(off[part], 95).round(4)) if part.any() else 0.0 for part in (~turned, turned))
    return Calibration(calibration.zero, calibration.gain, limits)


Tried = list[tuple[Sighting, np.ndarray]]  # sightings with the (2, 2) residuals of their eyes


def crossed_residuals(
    name: str, sightings: list[Sighting], motions: list[Motion]
) -> list[tuple[Sighting, np.ndarray]]:
    """Every sighting with its (2, 2) residuals, by a calibration on the people of the other folds."""
    tried = []
    for fold in range(FOLDS):
        calibration = calibrate(name, [each for each in sightings if each.fold != fold], motions)
        here = [each for each in sightings if each.fold == fold]
        tried += [(each, calibration.residuals(each.offsets[name], each.directions)) for each in here]
    return tried


def stays(tried: Tried) -> dict:
    """What the measures of `train.evaluation.before_after` say of people who do look into the lens."""
    result = {}
    for group, low, high in (("frontal", 0, TURNED_BEYOND), ("turned", TURNED_BEYOND, 36)):
        offs = [off for each, off in tried if low <= abs(each.yaw) < high]
        if offs:
            worse, mean = sizes_left(np.array(offs))
            inside = {
                "worse eye in band": worse < CAMERA_BAND,
                "in 1.5 bands": worse < 1.5 * CAMERA_BAND,
                "mean of eyes in band": mean < CAMERA_BAND,
            }
            shares = {name: round(float(np.mean(faces)), 3) for name, faces in inside.items()}
            result[group] = {"faces": len(offs), **shares}
    return result


def errors(name: str, calibration: Calibration, tried: Tried, motions: list[Motion]) -> list[dict]:
    """One row per band of yaw and eye: `zero` and `scatter` of residuals of eyes that look into the lens, and `gain`:
    the median share of a motion across that is seen, over what the calibration says."""
    rows = []
    for low, high in BANDS:
        seen = [each for each in tried if low <= abs(each[0].yaw) < high]
        turned = [m for m in motions if low <= abs(m.yaw) < high and m.moved[0, 0]]
        off = np.array([residuals for _, residuals in seen]).reshape(-1, 2, 2)
        across = [m.seen[name][:, 0] / m.moved[:, 0] / calibration.gains(m.directions)[:, 0] for m in turned]
        offs = near_and_far(off, np.array([each.directions for each, _ in seen]).reshape(-1, 2, 2))
        shares = near_and_far(
            np.array(across).reshape(-1, 2), np.array([m.directions for m in turned]).reshape(-1, 2, 2)
        )
        for eye, residuals, ratios in zip(("near", "far"), offs, shares):
            middle = np.median(residuals, axis=0) if len(residuals) else np.full(2, np.nan)
            scatter = 1.4826 * np.median(np.abs(residuals - middle), axis=0) if len(residuals) else middle
            rows.append(
                {
                    "reader": name,
                    "yaw": f"{low}-{high}",
                    "eye": eye,
                    "faces": len(seen),
                    "zero": middle.round(4).tolist(),
                    "scatter": scatter.round(4).tolist(),
                    "motions": len(turned),
                    "gain": round(float(np.median(ratios)), 3) if turned else None,
                }
            )
    return rows


def table(rows: list[dict]) -> str:
    lines = [f"{'reader':8} {'yaw':6} {'eye':5} {'faces':>5}  zero x, y        scatter x, y    motions  gain/fitted"]
    for row in rows:
        zero, scatter = ("  ".join(f"{v:+.3f}" for v in row[key]) for key in ("zero", "scatter"))
        head = f"{row['reader']:8} {row['yaw']:6} {row['eye']:5} {row['faces']:5}"
        lines.append(f"{head}  {zero}   {scatter}   {row['motions']:5}  {row['gain']}")
    return "\n".join(lines)


def observe(
    readers: dict[str, Reader], landmarker: Callable[[np.ndarray], list[Face]], portraits: list[ListedPortrait]
) -> tuple[list[Sighting], list[Motion]]:
    """All camera portraits as they are, and of each band of yaw at most `MOVED_FACES` portraits turned.

    Args:
        portraits: in a random order.
    """
    sightings, motions, turned = [], [], dict.fromkeys(BANDS, 0)
    for portrait in portraits:
        if not portrait.camera and min(turned.values()) >= MOVED_FACES:
            continue
        pixels = portrait.pixels()
        found = landmarker(pixels)
        if not found or min(eye.frame.width for eye in found[0].eyes) < SMALLEST_EYE:
            continue
        face, openness = found[0], min(eye.openness for eye in found[0].eyes)
        if portrait.camera and openness > CLOSED_BELOW:
            sightings.append(sighting(readers, pixels, face, portrait.fold))
        band = next((band for band in BANDS if band[0] <= abs(face.yaw) < band[1]), None)
        if band and turned[band] < MOVED_FACES and openness > OPEN_ENOUGH:
            made = motions_of(readers, landmarker, pixels, face)
            motions += made
            turned[band] += bool(made)
    return sightings, motions


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.readers", description=__doc__.split("\n")[0])
    parser.add_argument("portraits", type=Path, help="folder of photos")
    parser.add_argument("--people", type=Path, help="CSV with the columns file, person, and perhaps source and camera")
    parser.add_argument(
        "--camera",
        default=",".join(CAMERA_SOURCES),
        help="sources that look into the lens; a source is what the CSV says, or a file's name up to its first _ "
        "(default: %(default)s)",
    )
    parser.add_argument("--weights", help="folder or hub id of the E_r to show beside (default: the bundled weights)")
    parser.add_argument("-o", "--output", type=Path, default=CALIBRATIONS, help="JSON to write (default: %(default)s)")
    args = parser.parse_args(argv)
    try:
        portraits = list_portraits(args.portraits, args.people, tuple(args.camera.split(",")))
        if not any(portrait.camera for portrait in portraits):
            raise ValueError("no portrait is known to look into the lens: name their sources with --camera")
        readers = {"mesh": mesh_reader, "E_r": encoder_reader(open_networks(args.weights, None, None, 1))}
        readers["iris"] = IrisReader()
        sightings, motions = observe(readers, FaceLandmarker(1), portraits)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    calibrations = {name: calibrate(name, sightings, motions) for name in readers}
    tried = {name: crossed_residuals(name, sightings, motions) for name in readers}
    rows = [row for name in readers for row in errors(name, calibrations[name], tried[name], motions)]
    result = {"readers": to_json(calibrations), "camera portraits": {name: stays(tried[name]) for name in readers}}
    args.output.write_text(json.dumps(result | {"errors": rows}, indent=1) + "\n")
    print(json.dumps(result["camera portraits"], indent=1))
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
