"""A folder of portraits -> a corpus: eye patches, rotated copies, X/Y domains and splits, without one label.

    python -m train.prepare PORTRAITS -o CORPUS [--people people.csv]

PORTRAITS is any folder of photos (searched recursively), or the CelebGaze / CelebHQGaze layout: sub-folders `1`
(domain X) and `0` (domain Y), optional lists of `id lx ly rx ry` beside them. The corpus folder holds

    patches.npy    (N, 2, 1 + K, 80, 112, 3) uint8: N faces, image-left and -right eye in the canonical frame, the
                   eye as photographed and K rotated copies. The frame is a little larger than the model's patch, for
                   jitter; the model's full and coarse sizes are cut from it.
    offsets.npy    (N, 2, 1 + K, 2) float32 gaze offsets, eye widths; NaN where an eye could not be rotated
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
import re
import sys
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from gazehub.eye_frame import crop
from gazehub.gaze import (
    AVERTED_BAND,
    CAMERA_BAND,
    LANDMARK_GAIN,
    RESIDUAL_GAIN,
    camera_offset,
    canonical_yaw,
    face_residual,
    fit_camera_regression,
    residual_size,
    to_canonical,
)
from gazehub.images import ImageError, load_image
from gazehub.landmarks import Face, FaceLandmarker
from train.rotate_eyeball import EyeballError, rotate_eyeball, sample_displacement

MARGIN_WIDTH, MARGIN_HEIGHT = 112, 80
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
MIN_EYE_WIDTH, MIN_OPENNESS, MAX_YAW = 12.0, 0.12, 40.0
CELEBGAZE_DOMAINS = {"1": "X", "0": "Y"}
CELEBGAZE_TEST = {"X": 100, "Y": 300}  # the last so many of each domain, as in the paper


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.prepare", description=__doc__.split("\n")[0])
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
    args = parser.parse_args(argv)
    try:
        manifest = prepare(
            args.portraits,
            args.output,
            args.people,
            args.rotations,
            args.holdout,
            args.seed,
            args.workers,
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
    workers: int = 2,
    camera: np.ndarray | None = None,
) -> dict:
    """Write the corpus of a folder of portraits; returns its manifest.

    Args:
        camera: (2, 5) camera regression to use; None to fit one on these portraits.

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

    rejected: list[tuple[str, str]] = []
    found: list[tuple[str, Face]] = []
    # Forking a process that runs threads (MediaPipe's, torch's) can crash or hang the child.
    with get_context("spawn").Pool(workers, _start_worker) as pool:
        tasks = [(name, path, centers.get(path.stem)) for name, path in zip(names, files)]
        for name, face, reason in pool.imap(_find_face, tasks, chunksize=8):
            if face is None:
                rejected.append((name, reason))
            else:
                found.append((name, face))
        if not found:
            raise ValueError(f"none of the {len(files)} pictures in {portraits} shows a usable face")
        camera = fitted_camera([face for _, face in found]) if camera is None else camera

        rows = [describe(name, face, camera, persons[name], sources[name], holdout) for name, face in found]
        use_celebgaze_split(rows)
        shape = (len(found), 2, 1 + rotations)
        patches = np.lib.format.open_memmap(
            output / "patches.npy", "w+", np.uint8, (*shape, MARGIN_HEIGHT, MARGIN_WIDTH, 3)
        )
        all_offsets = np.full((*shape, 2), np.nan, np.float32)
        tasks = (
            (portraits / name, face, camera, row["domain"], rotations, (seed, index))
            for index, ((name, face), row) in enumerate(zip(found, rows))
        )
        for index, (eyes, eye_offsets) in enumerate(pool.imap(_cut_eyes, tasks, chunksize=4)):
            patches[index], all_offsets[index] = eyes, eye_offsets
    patches.flush()
    np.save(output / "offsets.npy", all_offsets)
    cameras = [[camera_offset(camera, face, eye) for eye in face.eyes] for _, face in found]
    np.save(output / "camera.npy", np.array(cameras, np.float32))
    _write_csv(output / "faces.csv", list(rows[0]), [list(row.values()) for row in rows])
    _write_csv(output / "rejected.csv", ["file", "reason"], rejected)

    counts = Counter(f"{row['split']} {row['domain']}" for row in rows)
    counts["rejected"] = len(rejected)
    counts["rotated eyes"] = int(np.isfinite(all_offsets[:, :, 1:, 0]).sum())
    manifest = {
        "counts": dict(sorted(counts.items())),
        "sources": dict(Counter(row["source"] for row in rows)),
        "camera_coefficients": camera.round(5).tolist(),
        "settings": {"rotations": rotations, "holdout": holdout, "seed": seed},
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
    from gazehub.modeling_gaze import GazeModel  # torch, which the workers must not inherit
    from gazehub.pipeline_gaze import BUNDLED_WEIGHTS

    model = GazeModel.from_pretrained(BUNDLED_WEIGHTS if source == "bundled" else source)
    return np.array(model.config.camera_coefficients)


def read_people(path: Path, names: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Person and source of every file, from a CSV; files that it does not list stand for themselves."""
    with open(path, newline="") as handle:
        rows = list(csv.DictReader(handle))
    if not rows or not {"file", "person"} <= set(rows[0]):
        raise ValueError(f"{path} needs the columns file and person")
    listed = {row["file"]: row for row in rows}
    persons = {name: listed[name]["person"] if name in listed else name for name in names}
    return persons, {name: listed.get(name, {}).get("source") or "" for name in names}


def people_from_names(names: list[str]) -> dict[str, str]:
    """Person of every file from its name: `anna_01.jpg` and `anna-2.jpg` are one person.

    A stem that would stand for more than a twentieth of a large folder is no person's name (`IMG_0001.jpg`), so its
    files stand for themselves.
    """
    stems = {name: re.sub(r"[ _-]*\d+$", "", str(Path(name).with_suffix(""))) or name for name in names}
    sizes = Counter(stems.values())
    return {name: stem if sizes[stem] <= max(20, len(names) / 20) else name for name, stem in stems.items()}


def read_eye_centers(portraits: Path) -> dict[str, np.ndarray]:
    """(2, 2) eye centres by file stem from CelebGaze lists (`id lx ly rx ry`, pixels at 256 x 256)."""
    centers = {}
    for path in portraits.glob("*.txt"):
        for line in path.read_text().splitlines():
            words = line.split()
            if len(words) == 5:
                centers[Path(words[0]).stem] = np.array(words[1:], float).reshape(2, 2)
    return centers


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


def use_celebgaze_split(rows: list[dict]) -> None:
    """Where the files lie in `1/` and `0/`, these are the domains, and the last of each are the test set."""
    folders = [Path(row["file"]).parts[0] for row in rows]
    if set(folders) != set(CELEBGAZE_DOMAINS):
        return
    for folder, domain in CELEBGAZE_DOMAINS.items():
        members = [row for row, name in zip(rows, folders) if name == folder]
        held_out = min(CELEBGAZE_TEST[domain], len(members) // 4)
        for index, row in enumerate(members):
            row["domain"], row["split"] = domain, "test" if index >= len(members) - held_out else "train"


def _start_worker() -> None:
    global _landmarker
    cv2.setNumThreads(1)
    _landmarker = FaceLandmarker()


def _find_face(task: tuple[str, Path, np.ndarray | None]) -> tuple[str, Face | None, str]:
    name, path, centers = task
    try:
        image = np.asarray(load_image(path))
    except ImageError as error:
        return name, None, str(error)
    faces = _landmarker(image)
    if not faces:
        return name, None, "no face found"
    face = faces[0]
    if centers is not None:
        scale = np.array([image.shape[1], image.shape[0]]) / 256
        face = min(faces, key=lambda f: np.abs([e.frame.center for e in f.eyes] - centers * scale).max())
        distance = np.abs([eye.frame.center for eye in face.eyes] - centers * scale).max()
        if distance > max(eye.frame.width for eye in face.eyes) / 2:
            return name, None, "the landmarks are not where the list has the eyes"
    if min(eye.frame.width for eye in face.eyes) < MIN_EYE_WIDTH:
        return name, None, f"eyes narrower than {MIN_EYE_WIDTH:.0f} pixels"
    if min(eye.openness for eye in face.eyes) < MIN_OPENNESS:
        return name, None, "eyes closed"
    if abs(face.yaw) > MAX_YAW:
        return name, None, f"head turned by more than {MAX_YAW:.0f} degrees"
    return name, face, ""


def _cut_eyes(task: tuple[Path, Face, np.ndarray, str, int, tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """(2, 1 + K, 80, 112, 3) patches and (2, 1 + K, 2) offsets of one face; the eyes turn together."""
    path, face, camera, domain, rotations, seed = task
    image, rng = np.asarray(load_image(path)), np.random.default_rng(seed)
    patches = np.zeros((2, 1 + rotations, MARGIN_HEIGHT, MARGIN_WIDTH, 3), np.uint8)
    offsets = np.full((2, 1 + rotations, 2), np.nan, np.float32)
    for side, eye in enumerate(face.eyes):
        patch = crop(image, eye.frame, MARGIN_WIDTH, MARGIN_HEIGHT)
        patches[side, 0], offsets[side, 0] = np.clip(patch + 0.5, 0, 255), eye.offset
    residual = face_residual(camera, face)
    for copy in range(1, 1 + rotations):
        if domain == "Y" and copy == 1:  # an averted eye brought back to the camera stands in for domain X
            turn = -residual / RESIDUAL_GAIN
        else:
            turn = sample_displacement(rng, residual / RESIDUAL_GAIN, np.zeros(2))
        for side, eye in enumerate(face.eyes):
            displacement = to_canonical(turn, eye.mirrored)
            try:
                patches[side, copy] = rotate_eyeball(
                    patches[side, 0],
                    eye.frame.to_frame(eye.opening),
                    eye.offset,
                    eye.iris_radius / eye.frame.width,
                    displacement,
                )
            except EyeballError:
                continue
            offsets[side, copy] = eye.offset + LANDMARK_GAIN * displacement
    return patches, offsets


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
