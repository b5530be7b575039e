"""The two kinds of work that make a corpus, each on its own part of it: finding faces, and cutting a shard of eyes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_SCALE, PATCH_WIDTH, crop
from gazehub.faces.face import Eye, Face
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.files.images import ImageError, load_image
from gazehub.gaze import LANDMARK_GAIN, camera_offset, face_residual, to_canonical
from train.corpus.rotate_eyeball import Eyeball, EyeballError, sample_displacement
from train.corpus.turn_head import turn_head

MARGIN_WIDTH, MARGIN_HEIGHT = PATCH_WIDTH + 24, PATCH_HEIGHT + 24
# Motion per residual, when eyes are turned back. Near `gaze.RESIDUAL_GAIN`, but a constant of its own: that one is
# measured with trained weights, and the corpus that they were trained on should not change with it.
TURN_GAIN = np.array([0.68, 0.37])
LIDS_FOLLOW = 0.7, 1.25  # of what lids usually do, those of one copy; people differ
MIN_EYE_WIDTH, MIN_OPENNESS, MAX_YAW = 12.0, 0.12, 40.0
MAX_TURNED_YAW, MAX_APART = 33.0, 0.16  # of heads that were turned: degrees; eye widths, see `_apart`


@dataclass(frozen=True)
class View:
    """One look at a face: a photo of it, or that photo with the head turned.

    Args:
        path: of the photo.
        face: as it is in this view, by landmarks.
        straight: as it is in the photo.
        turn: degrees of yaw and pitch by which the head was turned; None for the photo itself.
    """

    path: Path
    face: Face
    straight: Face
    turn: tuple[float, float] | None = None

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        photo = np.asarray(load_image(self.path))
        return photo if self.turn is None else turn_head(photo, self.straight, *self.turn)[0]


@dataclass(frozen=True)
class ShardTask:
    """Faces `start`, `start + 1`, ... of a corpus, and where their patches go.

    Args:
        number: of the shard.
        entries: (view, domain) of each.
        camera: (2, 4) camera regression.
        seed: with the number of a face, decides its rotations: the shard is the same wherever it is made.
    """

    folder: Path
    number: int
    start: int
    entries: list[tuple[View, str]]
    camera: np.ndarray
    rotations: int
    seed: int


_landmarker = cache(FaceLandmarker)


def one_thread(work: Callable) -> Callable:
    """`work` on one thread: there is a process for each core, and sums that several threads share differ in their last
    bits, so a corpus would depend on where it was made."""

    @wraps(work)
    def alone(part):
        cv2.setNumThreads(1)
        with threadpool_limits(1):
            return work(part)

    return alone


@one_thread
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
    reason = _unusable(face)
    return (name, None, reason) if reason else (name, face, "")


def _unusable(face: Face) -> str | None:
    """Why nothing can be learnt from a face."""
    if min(eye.frame.width for eye in face.eyes) < MIN_EYE_WIDTH:
        return f"eyes narrower than {MIN_EYE_WIDTH:.0f} pixels"
    if min(eye.openness for eye in face.eyes) < MIN_OPENNESS:
        return "eyes closed"
    return f"head turned by more than {MAX_YAW:.0f} degrees" if abs(face.yaw) > MAX_YAW else None


@one_thread
def turn_heads(tasks: list[tuple[View, tuple[float, float]]]) -> list[View | None]:
    """Views of the same faces with the head turned by degrees of yaw and pitch, as landmarks find them there; None
    where that can't be shown."""
    return [_turn_head(view, turn) for view, turn in tasks]


def _turn_head(view: View, turn: tuple[float, float]) -> View | None:
    try:
        pixels, constructed = turn_head(view.pixels(), view.straight, *turn)
    except ValueError:
        return None
    for face in _landmarker()(pixels):
        apart = max(_apart(*eyes) for eyes in zip(constructed.eyes, face.eyes))
        if apart < MAX_APART and abs(face.yaw) < MAX_TURNED_YAW and not _unusable(face):
            return View(view.path, face, view.straight, turn)
    return None


def _apart(constructed: Eye, found: Eye) -> float:
    """How far a contour is found from where it was drawn, eye widths: far where an eye came out as none."""
    frame = constructed.frame
    return float(np.abs(frame.to_frame(found.opening) - frame.to_frame(constructed.opening)).max())


def shard_files(folder: Path, number: int) -> tuple[Path, Path]:
    """Patches and offsets of a shard."""
    return folder / f"patches_{number:05d}.npy", folder / f"offsets_{number:05d}.npy"


@one_thread
def cut_shard(task: ShardTask) -> int:
    """Write a shard, whole or not at all; returns how many eyes could be rotated."""
    cut = [
        _cut_eyes(view, domain, task.camera, task.rotations, (task.seed, task.start + index))
        for index, (view, domain) in enumerate(task.entries)
    ]
    patches, offsets = (np.stack(arrays) for arrays in zip(*cut))
    for path, array in zip(shard_files(task.folder, task.number), (patches, offsets)):
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with open(partial, "wb") as handle:
            np.save(handle, array)
        os.replace(partial, path)
    return int(np.isfinite(offsets[:, :, 1:, 0]).sum())


def _cut_eyes(
    view: View, domain: str, camera: np.ndarray, rotations: int, seed: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """(2, 1 + K, 120, 168, 3) patches and (2, 1 + K, 2) offsets of one face; the eyes turn together, but where both
    are brought to the camera each goes its own way there."""
    image, rng, face = view.pixels(), np.random.default_rng(seed), view.face
    residual = face_residual(camera, face)
    turns = [sample_displacement(rng, residual / TURN_GAIN, np.zeros(2)) for _ in range(rotations)]
    follows = rng.uniform(*LIDS_FOLLOW, rotations)
    patches = np.zeros((2, 1 + rotations, MARGIN_HEIGHT, MARGIN_WIDTH, 3), np.uint8)
    offsets = np.full((2, 1 + rotations, 2), np.nan, np.float32)
    for side, eye in enumerate(face.eyes):
        patch = np.clip(crop(image, eye.frame, MARGIN_WIDTH, MARGIN_HEIGHT) + 0.5, 0, 255).astype(np.uint8)
        patches[side, 0], offsets[side, 0] = patch, eye.offset
        displacements = [to_canonical(turn, eye.mirrored) for turn in turns]
        if domain == "Y":  # an averted eye brought back to the camera stands in for domain X
            displacements[0] = (camera_offset(camera, face, eye) - eye.offset) / TURN_GAIN
        try:
            eyeball = Eyeball.of(
                patch, eye.frame.to_frame(eye.opening), eye.offset, eye.iris_radius / eye.frame.width, PATCH_SCALE
            )
        except EyeballError:
            continue
        for copy, (displacement, follow) in enumerate(zip(displacements, follows), 1):
            try:
                patches[side, copy] = eyeball.turned(displacement, follow)
            except EyeballError:
                continue
            offsets[side, copy] = eye.offset + LANDMARK_GAIN * displacement
    return patches, offsets
