"""A folder of portraits -> a corpus: eye patches, rotated copies, turned heads, X/Y domains and splits.

No label is needed; where it is known that some portraits look into the lens, they say where the lens is.

    python -m train.corpus.prepare PORTRAITS -o CORPUS [--people people.csv]

PORTRAITS is any folder of photos (searched recursively), or the CelebGaze / CelebHQGaze layout: sub-folders `1`
(domain X) and `0` (domain Y), optional lists of `id lx ly rx ry` beside them. The corpus folder holds

    patches_*.npy  shards of (256, 2, 1 + K, 120, 168, 3) uint8: faces, image-left and -right eye in the canonical
                   frame, the eye as photographed, or with the head turned, and K rotated copies. The frame is a little
                   larger than the model's patch, for jitter.
    offsets_*.npy  shards of (256, 2, 1 + K, 2) float32 gaze offsets, eye widths; NaN where an eye could not be rotated
    camera.npy     (N, 2, 2) float32 offsets that look into the lens at that head pose
    faces.csv      file, source, person, split, domain, eye width, residual, head pose, turn of the head, ...
    rejected.csv   file, reason
    manifest.json  settings, camera regression, counts, SHA-256 of every file
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import (
    AVERTED_BAND,
    CAMERA_BAND,
    camera_offset,
    face_residual,
    fit_camera_regression,
    head_direction,
    residual_size,
)
from train.corpus.engines import Engine, Run, local_engine, ray_engine
from train.corpus.people import Sitter, people_from_names, read_eye_centers, read_people, use_celebgaze_split
from train.corpus.shards import ShardTask, View, cut_shard, find_faces, turn_heads

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
TWO_PROCESSES = partial(local_engine, 2)
CHUNK = 32  # photos that a worker takes at a time
# Faces whose heads may be turned, and by how much: degrees of yaw to either side, and the spread of pitch.
STRAIGHT_YAW, SHARPEST_TURN_EYE = 10.0, 30.0  # degrees, pixels of eye width
TURN_YAW, TURN_PITCH, MAX_TURN_PITCH = (14.0, 35.0), 6.0, 12.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.corpus.prepare", description=__doc__.split("\n")[0])
    parser.add_argument("portraits", type=Path, help="folder of photos, or a CelebGaze / CelebHQGaze folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="corpus folder to write")
    parser.add_argument(
        "--people",
        type=Path,
        help="CSV with the columns file and person, and perhaps source and "
        "camera: `yes` where a portrait is known to look into the lens",
    )
    parser.add_argument("--rotations", type=int, default=8, help="rotated copies of every eye (default 8)")
    parser.add_argument(
        "--turned", type=float, default=0.5, help="share of the straight heads that are seen turned, too (default 0.5)"
    )
    parser.add_argument("--holdout", type=float, default=0.25, help="share of the people kept for test (default 0.25)")
    parser.add_argument(
        "--camera-from",
        metavar="SOURCE",
        help='take the camera regression of these weights (folder, hub id, or "bundled") instead of fitting one: for '
        "fine-tuning, and for folders of less than a few hundred photos",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="work through Ray: on a cluster (its address, or `auto`; photos and corpus on storage that all of it "
        "shares), or, without an address, on this machine",
    )
    args = parser.parse_args(argv)
    try:
        manifest = prepare(
            args.portraits,
            args.output,
            args.people,
            args.rotations,
            args.turned,
            args.holdout,
            args.seed,
            partial(ray_engine, args.workers, args.ray) if args.ray else partial(local_engine, args.workers),
            published_camera(args.camera_from) if args.camera_from else None,
        )
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(manifest["counts"], indent=2))
    return 0


def prepare(
    portraits: Path,
    output: Path,
    people: Path | None = None,
    rotations: int = 8,
    turned: float = 0.5,
    holdout: float = 0.25,
    seed: int = 0,
    engine: Engine = TWO_PROCESSES,
    camera: np.ndarray | None = None,
    shard_faces: int = 256,
) -> dict:
    """Write the corpus of a folder of portraits; returns its manifest.

    Args:
        engine: what runs the work on the parts, see `train.corpus.engines`; the shards are the same with any of them.
        turned: share of the straight heads that are seen turned, too.
        camera: (2, 4) camera regression to use; None to fit one on these portraits.
        shard_faces: faces in one file of patches.

    Raises:
        ValueError: the folder holds no usable portrait, or `people` lacks its columns.
    """
    files = sorted(p for p in portraits.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not files:
        raise ValueError(f"{portraits} holds no picture ({', '.join(sorted(SUFFIXES))})")
    names = [str(p.relative_to(portraits)) for p in files]
    sitters = read_people(people, names) if people else people_from_names(names)
    centers = read_eye_centers(portraits)
    output.mkdir(parents=True, exist_ok=True)

    tasks = [(name, path, centers.get(path.stem)) for name, path in zip(names, files)]
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    with engine() as run:
        results = [result for chunk in run(find_faces, chunks) for result in chunk]
        rejected = [(name, reason) for name, face, reason in results if face is None]
        found = [(name, face) for name, face, _ in results if face is not None]
        if not found:
            raise ValueError(f"none of the {len(files)} pictures in {portraits} shows a usable face")
        if camera is None:
            known = [face for name, face in found if sitters[name].at_camera]
            if not known:
                warnings.warn("No portrait is known to look into the lens: most of them are taken to.", stacklevel=2)
            camera = fitted_camera(known or [face for _, face in found])
        views = [View(portraits / name, face, face) for name, face in found]
        rows = [describe(name, view, camera, sitters[name], holdout) for (name, _), view in zip(found, views)]
        use_celebgaze_split(rows)
        for row, view in turned_views(views, rows, turned, seed, run):
            again = describe(row["file"], view, camera, sitters[row["file"]], holdout)
            rows.append(again | {"split": row["split"]})
            views.append(view)
        entries = [(view, row["domain"]) for view, row in zip(views, rows)]
        shards = [
            ShardTask(output, number, start, entries[start : start + shard_faces], camera, rotations, seed)
            for number, start in enumerate(range(0, len(entries), shard_faces))
        ]
        rotated = sum(run(cut_shard, shards))
    for left_behind in output.glob("*.partial"):  # by a worker that died
        left_behind.unlink()
    cameras = [[camera_offset(camera, view.face, eye) for eye in view.face.eyes] for view in views]
    np.save(output / "camera.npy", np.array(cameras, np.float32))
    _write_csv(output / "faces.csv", list(rows[0]), [list(row.values()) for row in rows])
    _write_csv(output / "rejected.csv", ["file", "reason"], rejected)

    counts = Counter(f"{row['split']} {row['domain']}" for row in rows)
    counts["turned heads"] = len(views) - len(found)
    counts["rejected"] = len(rejected)
    counts["rotated eyes"] = rotated
    manifest = {
        "counts": dict(sorted(counts.items())),
        "sources": dict(Counter(row["source"] for row in rows)),
        "camera_coefficients": camera.round(5).tolist(),
        "settings": {
            "rotations": rotations,
            "turned": turned,
            "holdout": holdout,
            "seed": seed,
            "shard_faces": shard_faces,
        },
        "sha256": {p.name: _sha256(p) for p in sorted(output.glob("*.[nc][ps][yv]"))},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def fitted_camera(faces: list[Face]) -> np.ndarray:
    """(2, 4) camera regression over faces that look into the camera, or most of which do."""
    eyes = [(face, eye) for face in faces for eye in face.eyes]
    directions = np.array([head_direction(face, eye) for face, eye in eyes])
    return fit_camera_regression(directions, np.array([eye.offset for _, eye in eyes]))


def turned_views(
    views: list[View], rows: list[dict], share: float, seed: int, run: Run
) -> Iterator[tuple[dict, View]]:
    """A share of the straight heads that look into the camera, seen turned, each with its row."""
    rng, chosen = np.random.default_rng(seed), []
    for row, view in zip(rows, views):
        drawn, side = rng.random(), rng.choice([-1, 1])
        yaw, pitch = side * rng.uniform(*TURN_YAW), rng.normal(0, TURN_PITCH)
        straight = row["domain"] == "X" and abs(view.face.yaw) < STRAIGHT_YAW
        if drawn < share and straight and row["eye_width"] > SHARPEST_TURN_EYE:
            chosen.append((row, view, (float(yaw), float(np.clip(pitch, -MAX_TURN_PITCH, MAX_TURN_PITCH)))))
    tasks = [(view, turn) for _, view, turn in chosen]
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    turned = [view for chunk in run(turn_heads, chunks) for view in chunk]
    return ((row, view) for (row, *_), view in zip(chosen, turned) if view)


def published_camera(source: str) -> np.ndarray:
    """The camera regression that weights carry.

    Raises:
        WeightsError: they can't be loaded.
    """
    from gazehub.model.modeling_gaze import GazeModel  # torch, which the workers must not inherit
    from gazehub.model.runtime import BUNDLED_WEIGHTS

    model = GazeModel.from_pretrained(BUNDLED_WEIGHTS if source == "bundled" else source)
    return np.array(model.config.camera_coefficients)


def describe(name: str, view: View, camera: np.ndarray, sitter: Sitter, holdout: float) -> dict:
    """One row of faces.csv. The split depends on the person alone, so it never changes between runs."""
    face, turn = view.face, view.turn or (0.0, 0.0)
    residual = face_residual(camera, face)
    size = float(residual_size(residual))
    draw = int.from_bytes(hashlib.sha256(sitter.person.encode()).digest()[:8], "big") / 2**64
    return {
        "file": name,
        "source": sitter.source,
        "person": sitter.person,
        "split": "test" if draw < holdout else "train",
        "domain": "X" if size < CAMERA_BAND else "Y" if size > AVERTED_BAND else "between",
        "residual": round(size, 4),
        "residual_x": round(float(residual[0]), 4),
        "residual_y": round(float(residual[1]), 4),
        "eye_width": round(float(np.mean([eye.frame.width for eye in face.eyes])), 1),
        "openness": round(min(eye.openness for eye in face.eyes), 3),
        "yaw": round(face.yaw, 1),
        "pitch": round(face.pitch, 1),
        "roll": round(face.roll, 1),
        "turned_yaw": round(turn[0], 1),
        "turned_pitch": round(turn[1], 1),
    }


def _write_csv(path: Path, header: list[str], rows: list) -> None:
    with open(path, "w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header)
        writer.writerows(rows)


def _sha256(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
