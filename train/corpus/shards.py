"""The two kinds of work that make a corpus, each on its own part of it: finding faces, and cutting a shard of eyes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from gazehub.eye_frame import crop
from gazehub.faces.face import Face
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.files.images import ImageError, load_image
from gazehub.gaze import LANDMARK_GAIN, face_residual, to_canonical
from train.corpus.rotate_eyeball import EyeballError, rotate_eyeball, sample_displacement

MARGIN_WIDTH, MARGIN_HEIGHT = 112, 80
# Motion per residual, when eyes are turned back. Near `gaze.RESIDUAL_GAIN`, but a constant of its own: that one is
# measured with trained weights, and the corpus that they were trained on should not change with it.
TURN_GAIN = np.array([0.68, 0.37])
MIN_EYE_WIDTH, MIN_OPENNESS, MAX_YAW = 12.0, 0.12, 40.0


@dataclass(frozen=True)
class ShardTask:
    """Faces `start`, `start + 1`, ... of a corpus, and where their patches go.

    Args:
        number: of the shard.
        entries: (file, face, domain) of each.
        camera: (2, 5) camera regression.
        seed: with the number of a face, decides its rotations: the shard is the same wherever it is made.
    """

    folder: Path
    number: int
    start: int
    entries: list[tuple[Path, Face, str]]
    camera: np.ndarray
    rotations: int
    seed: int


@cache
def _landmarker() -> FaceLandmarker:
    cv2.setNumThreads(1)
    return FaceLandmarker()


def find_faces(tasks: list[tuple[str, Path, np.ndarray | None]]) -> list[tuple[str, Face | None, str]]:
    """The usable face of every photo.

    Args:
        tasks: name, path, and None or (2, 2) eye centres at 256 x 256 that say which face is meant.

    Returns:
        name, face, and why there is none.
    """
    return [_find_face(*task) for task in tasks]


def _find_face(name: str, path: Path, centers: np.ndarray | None) -> tuple[str, Face | None, str]:
    try:
        image = np.asarray(load_image(path))
    except ImageError as error:
        return name, None, str(error)
    faces = _landmarker()(image)
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


def shard_files(folder: Path, number: int) -> tuple[Path, Path]:
    """Patches and offsets of a shard."""
    return folder / f"patches_{number:05d}.npy", folder / f"offsets_{number:05d}.npy"


def cut_shard(task: ShardTask) -> int:
    """Write a shard, whole or not at all; returns how many eyes could be rotated."""
    cut = [
        _cut_eyes(path, face, domain, task.camera, task.rotations, (task.seed, task.start + index))
        for index, (path, face, domain) in enumerate(task.entries)
    ]
    patches, offsets = (np.stack(arrays) for arrays in zip(*cut))
    for path, array in zip(shard_files(task.folder, task.number), (patches, offsets)):
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with open(partial, "wb") as handle:
            np.save(handle, array)
        os.replace(partial, path)
    return int(np.isfinite(offsets[:, :, 1:, 0]).sum())


def _cut_eyes(
    path: Path, face: Face, domain: str, camera: np.ndarray, rotations: int, seed: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """(2, 1 + K, 80, 112, 3) patches and (2, 1 + K, 2) offsets of one face; the eyes turn together."""
    image, rng = np.asarray(load_image(path)), np.random.default_rng(seed)
    patches = np.zeros((2, 1 + rotations, MARGIN_HEIGHT, MARGIN_WIDTH, 3), np.uint8)
    offsets = np.full((2, 1 + rotations, 2), np.nan, np.float32)
    for side, eye in enumerate(face.eyes):
        patch = crop(image, eye.frame, MARGIN_WIDTH, MARGIN_HEIGHT)
        patches[side, 0], offsets[side, 0] = np.clip(patch + 0.5, 0, 255), eye.offset
    residual = face_residual(camera, face)
    for copy in range(1, 1 + rotations):
        if domain == "Y" and copy == 1:  # an averted eye brought back to the camera stands in for domain X
            turn = -residual / TURN_GAIN
        else:
            turn = sample_displacement(rng, residual / TURN_GAIN, np.zeros(2))
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
