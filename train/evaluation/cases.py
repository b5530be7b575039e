"""Held-out portraits through `GazePipeline.correct`, as a user's photo would go, and measured again by landmarks."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gazehub.encoding import Encoding
from gazehub.eye_frame import crop, eye_box
from gazehub.faces.face import Face
from gazehub.files.images import load_image
from gazehub.gaze import (
    AVERTED_BAND,
    CAMERA_BAND,
    RESIDUAL_GAIN,
    face_residual,
    residual_size,
    to_canonical,
)
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from train.corpus.batches import is_turned
from train.corpus.rotate_eyeball import EyeballError, rotate_eyeball
from train.corpus.shards import MIN_OPENNESS
from train.evaluation.measures.eyes import EyeMeasure, EyeRecord

CAMERA_PORTRAITS = 200  # at most about so many camera portraits are corrected
CLIP_STEP = 15  # frames of a clip between two that are looked at
PHOTOGRAPHED, CORRECTED, TURNED = 0, 1, 2  # indexes into Case.patches


@dataclass
class Case:
    """One held-out face before and after.

    Args:
        name, source, person: from the corpus; clips are their own source.
        before, after: (2,) residual by landmarks, eye widths, + to the picture's right and down.
        skipped: why the pipeline left the face alone, or None.
        outside: largest change of a pixel outside the eye boxes, 0..255.
        patches: (3, 2, 96, 144, 3) uint8 canonical patches: as photographed, corrected, and by turning the eyeball;
            the last is all 0 where that is impossible.
        eyes: both eyes upright, (2, H, W, 3) uint8, before and after.
        eye_width: portrait pixels; `yaw`: of the head, degrees.
        looks_down: the gaze before is more than AVERTED_BAND below the lens.
        record: of each eye, by readers that steer and that do not; None for what was not read.
        labels: what someone wrote down about the portrait, as "glasses"; see `labels_of`.
    """

    name: str
    source: str
    person: str
    before: np.ndarray
    after: np.ndarray
    skipped: str | None
    outside: int
    patches: np.ndarray
    eyes: np.ndarray
    eye_width: float
    yaw: float
    record: EyeRecord | None = None
    labels: frozenset[str] = frozenset()

    @property
    def size_before(self) -> float:
        return float(residual_size(self.before))

    @property
    def size_after(self) -> float:
        return float(residual_size(self.after))

    @property
    def looks_down(self) -> bool:
        return bool(self.before[1] > AVERTED_BAND)


def held_out_rows(corpus: Path, labels: Path | None = None) -> list[dict]:
    """The rows of the test split of a corpus, one for each portrait, with the labels that a CSV file (see `labels_of`)
    has for them."""
    known = labels_of(labels) if labels else {}
    with open(corpus / "faces.csv", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == "test" and not is_turned(row)]
    return [row | {"labels": known.get(row["file"], frozenset())} for row in rows]


def labels_of(path: Path) -> dict[str, frozenset[str]]:
    """Per file, what a CSV file with the columns `file` and `labels` says; several labels are parted by ";".

    Raises:
        ValueError: the columns are missing.
    """
    with open(path, newline="") as handle:
        rows = csv.DictReader(handle)
        if not {"file", "labels"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} needs the columns file and labels")
        return {row["file"]: frozenset(label.strip() for label in row["labels"].split(";")) - {""} for row in rows}


def chosen_portraits(rows: list[dict], folder: Path) -> Iterator[tuple[dict, np.ndarray]]:
    """Everyone who does not look into the camera, and evenly chosen ones who do."""
    camera = [row for row in rows if row["domain"] == "X"]
    chosen = camera[:: max(1, len(camera) // CAMERA_PORTRAITS)]
    for row in [row for row in rows if row["domain"] != "X"] + chosen:
        yield row, np.asarray(load_image(folder / row["file"]))


def clip_frames(folder: Path) -> Iterator[tuple[dict, np.ndarray]]:
    """One of every `CLIP_STEP` frames of the clips in a folder."""
    for path in sorted(folder.glob("*.mp4")):
        video, index = cv2.VideoCapture(str(path)), 0
        while video.grab():
            if index % CLIP_STEP == 0:
                name = {"file": f"{path.name}:{index}", "source": "clips", "person": path.name}
                yield name, cv2.cvtColor(video.retrieve()[1], cv2.COLOR_BGR2RGB)
            index += 1
        video.release()


def correct_case(pipeline: GazePipeline, measure: EyeMeasure, row: dict, image: np.ndarray) -> Case | None:
    """Correct the largest face. None where there is no gaze to measure: no face, eyes closed, or a clip's frame that
    is not averted."""
    found = pipeline.landmarker(image)
    if not found or min(eye.openness for eye in found[0].eyes) < MIN_OPENNESS:
        return None
    face, coefficients = found[0], pipeline.camera_coefficients
    before = face_residual(coefficients, face)
    if row["source"] == "clips" and residual_size(before) < AVERTED_BAND:
        return None
    try:
        output = pipeline.correct(image, faces="largest")
        result, skipped = np.asarray(output.image), output.faces[0].skipped
    except NoFaceError as error:  # the pipeline refuses: the photo stays as it is, and counts as such
        result, skipped = image, str(error)
    again = pipeline.landmarker(result)
    if not again:
        return None
    outside = np.abs(result.astype(int) - image).max(axis=2)
    for eye in face.eyes:
        left, top, right, bottom = eye_box(eye.frame)
        outside[max(top, 0) : bottom, max(left, 0) : right] = 0
    return Case(
        name=row["file"],
        source=source_of(row),
        person=row["person"],
        before=before,
        after=face_residual(coefficients, again[0]),
        skipped=skipped,
        outside=int(outside.max()),
        patches=looks(image, result, face, before),
        eyes=np.stack([both_eyes(picture, face) for picture in (image, result)]),
        eye_width=float(np.mean([eye.frame.width for eye in face.eyes])),
        yaw=face.yaw,
        record=measure.compare(row["file"], image, face, result, again[0], skipped),
        labels=row.get("labels", frozenset()),
    )


def source_of(row: dict) -> str:
    """Where a portrait comes from, as its row says; "portraits" if it says nothing."""
    return row["source"] or "portraits"


def usable_encoding(pipeline: GazePipeline, image: np.ndarray) -> Encoding | None:
    """The portrait as the pipeline reads it, or None if it leaves the largest face alone."""
    try:
        encoding = pipeline.encode(image)
    except NoFaceError:
        return None
    return encoding if encoding.faces[0].skipped is None else None


def both_eyes(image: np.ndarray, face: Face) -> np.ndarray:
    """The eyes of a face upright, side by side, about three times as large as patches."""
    size = (int(288 * 2.4), 192)
    left, right = (eye.frame.center for eye in face.eyes)
    span = right - left
    zoom, angle = size[0] / np.hypot(*span) * 0.5, np.arctan2(span[1], span[0])
    linear = zoom * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, np.array(size) / 2 - linear @ (left + right) / 2])
    flags = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def looks(image: np.ndarray, result: np.ndarray, face: Face, before: np.ndarray) -> np.ndarray:
    """(3, 2, 96, 144, 3) uint8 patches of a face, as in `Case`, from the portrait before and after."""
    return np.stack([_patches(image, face), _patches(result, face), _turned(image, face, before)])


def _patches(image: np.ndarray, face: Face) -> np.ndarray:
    return np.stack([np.clip(crop(image, eye.frame) + 0.5, 0, 255).astype(np.uint8) for eye in face.eyes])


def _turned(image: np.ndarray, face: Face, residual: np.ndarray) -> np.ndarray:
    """The correction that the eyeball rotation of the training data would make: a reference without a network."""
    patches = _patches(image, face)
    for side, eye in enumerate(face.eyes):
        opening, radius = eye.frame.to_frame(eye.opening), eye.iris_radius / eye.frame.width
        displacement = to_canonical(-residual / RESIDUAL_GAIN, eye.mirrored)
        try:
            patches[side] = rotate_eyeball(patches[side], opening, eye.offset, radius, displacement)
        except EyeballError:
            return np.zeros_like(patches)
    return patches


def is_averted(case: Case) -> bool:
    return case.size_before > AVERTED_BAND


def is_camera(case: Case) -> bool:
    return case.size_before < CAMERA_BAND
