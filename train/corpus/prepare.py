"""A folder of portraits -> a corpus: eye patches, rotated copies, X/Y domains and splits, without one label.

    python -m train.corpus.prepare PORTRAITS -o CORPUS [--people people.csv]

PORTRAITS is any folder of photos (searched recursively), or the CelebGaze / CelebHQGaze layout: sub-folders `1`
(domain X) and `0` (domain Y), optional lists of `id lx ly rx ry` beside them. The corpus folder holds

    patches_*.npy  shards of (256, 2, 1 + K, 80, 112, 3) uint8: faces, image-left and -right eye in the canonical
                   frame, the eye as photographed and K rotated copies. The frame is a little larger than the model's
                   patch, for jitter; the model's full and coarse sizes are cut from it.
    offsets_*.npy  shards of (256, 2, 1 + K, 2) float32 gaze offsets, eye widths; NaN where an eye could not be rotated
    camera.npy     (N, 2, 2) float32 offsets that look into the lens at that head pose
    faces.csv      file, source, person, split, domain, eye width, residual, head pose, ...
    rejected.csv   file, reason
    manifest.json  settings, camera regression, counts, SHA-256 of every file
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import (
    AVERTED_BAND,
    CAMERA_BAND,
    camera_offset,
    canonical_yaw,
    face_residual,
    fit_camera_regression,
    residual_size,
)
from train.corpus.engines import Engine, local_engine, ray_engine
from train.corpus.people import people_from_names, read_eye_centers, read_people, use_celebgaze_split
from train.corpus.shards import ShardTask, cut_shard, find_faces

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
TWO_PROCESSES = partial(local_engine, 2)
CHUNK = 32  # photos that a worker takes at a time


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.corpus.prepare", description=__doc__.split("\n")[0])
    parser.add_argument("portraits", type=Path, help="folder of photos, or a CelebGaze / CelebHQGaze folder")
    parser.add_argument("-o", "--output", type=Path, required=True, help="corpus folder to write")
    parser.add_argument("--people", type=Path, help="CSV with the columns file, person and optionally source")
    parser.add_argument("--rotations", type=int, default=8, help="rotated copies of every eye (default 8)")
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
    holdout: float = 0.25,
    seed: int = 0,
    engine: Engine = TWO_PROCESSES,
    camera: np.ndarray | None = None,
    shard_faces: int = 256,
) -> dict:
    """Write the corpus of a folder of portraits; returns its manifest.

    Args:
        engine: what runs the work on the parts, see `train.corpus.engines`; the shards are the same with any of them.
        camera: (2, 5) camera regression to use; None to fit one on these portraits.
        shard_faces: faces in one file of patches.

    Raises:
        ValueError: the folder holds no usable portrait, or `people` lacks its columns.
    """
    files = sorted(p for p in portraits.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not files:
        raise ValueError(f"{portraits} holds no picture ({', '.join(sorted(SUFFIXES))})")
    names = [str(p.relative_to(portraits)) for p in files]
    persons, sources = read_people(people, names) if people else (people_from_names(names), dict.fromkeys(names, ""))
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
        camera = fitted_camera([face for _, face in found]) if camera is None else camera
        rows = [describe(name, face, camera, persons[name], sources[name], holdout) for name, face in found]
        use_celebgaze_split(rows)
        entries = [(portraits / name, face, row["domain"]) for (name, face), row in zip(found, rows)]
        shards = [
            ShardTask(output, number, start, entries[start : start + shard_faces], camera, rotations, seed)
            for number, start in enumerate(range(0, len(entries), shard_faces))
        ]
        rotated = sum(run(cut_shard, shards))
    for left_behind in output.glob("*.partial"):  # by a worker that died
        left_behind.unlink()
    cameras = [[camera_offset(camera, face, eye) for eye in face.eyes] for _, face in found]
    np.save(output / "camera.npy", np.array(cameras, np.float32))
    _write_csv(output / "faces.csv", list(rows[0]), [list(row.values()) for row in rows])
    _write_csv(output / "rejected.csv", ["file", "reason"], rejected)

    counts = Counter(f"{row['split']} {row['domain']}" for row in rows)
    counts["rejected"] = len(rejected)
    counts["rotated eyes"] = rotated
    manifest = {
        "counts": dict(sorted(counts.items())),
        "sources": dict(Counter(row["source"] for row in rows)),
        "camera_coefficients": camera.round(5).tolist(),
        "settings": {"rotations": rotations, "holdout": holdout, "seed": seed, "shard_faces": shard_faces},
        "sha256": {p.name: _sha256(p) for p in sorted(output.glob("*.[nc][ps][yv]"))},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def fitted_camera(faces: list[Face]) -> np.ndarray:
    """(2, 5) camera regression over faces that mostly look into the camera."""
    eyes = [(face, eye) for face in faces for eye in face.eyes]
    yaw = np.array([canonical_yaw(face, eye) for face, eye in eyes])
    pitch = np.array([face.pitch for face, _ in eyes])
    return fit_camera_regression(yaw, pitch, np.array([eye.offset for _, eye in eyes]))


def published_camera(source: str) -> np.ndarray:
    """The camera regression that weights carry.

    Raises:
        WeightsError: they can't be loaded.
    """
    from gazehub.model.modeling_gaze import GazeModel  # torch, which the workers must not inherit
    from gazehub.model.runtime import BUNDLED_WEIGHTS

    model = GazeModel.from_pretrained(BUNDLED_WEIGHTS if source == "bundled" else source)
    return np.array(model.config.camera_coefficients)


def describe(name: str, face: Face, camera: np.ndarray, person: str, source: str, holdout: float) -> dict:
    """One row of faces.csv. The split depends on the person alone, so it never changes between runs."""
    residual = face_residual(camera, face)
    size = float(residual_size(residual))
    draw = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
    return {
        "file": name,
        "source": source,
        "person": person,
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
