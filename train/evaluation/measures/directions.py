"""Does the gaze go where `redirect` and `animate` are asked to bring it? Measured on the result, by landmarks, which
steer and so flatter, and by a reader that has no part in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from gazehub.encoding import Encoding
from gazehub.faces.face import Face
from gazehub.files.images import load_image
from gazehub.gaze import (
    EYEBALL,
    angle_code_to_degrees,
    face_residual,
    residual_to_angle_code,
    to_picture,
)
from gazehub.pipeline_gaze import GazePipeline
from train.evaluation.cases import usable_encoding
from train.evaluation.measures.eyes import EyeMeasure

FACES = 40  # at most about so many for each measure
YAWS, PITCHES = (-20, -10, 0, 10, 20), (-10, 0, 10)  # degrees
ALPHAS = (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


def directions(pipeline: GazePipeline, measure: EyeMeasure, rows: list[dict], folder: Path) -> dict:
    """`redirect` on camera portraits, and the slider on averted ones."""
    asked, slides = [], []
    for domain in "XY":
        chosen = [row for row in rows if row["domain"] == domain]
        for row in chosen[:: max(1, len(chosen) // FACES)]:
            image = np.asarray(load_image(folder / row["file"]))
            encoding = usable_encoding(pipeline, image)
            if encoding is None:
                continue
            face = pipeline.landmarker(image)[0]
            if domain == "X":
                asked.append(redirected(pipeline, measure, encoding, image, face))
            elif (slide := slider(pipeline, measure, encoding, image, face)) is not None:
                slides.append(slide)
    report: dict = {}
    if asked:
        by_mesh, by_reader = (np.concatenate(rows) for rows in zip(*asked))
        report["redirect"] = {"faces": len(asked), **summarize_directions(by_mesh)}
        report["redirect, each eye, by the reader that does not steer"] = summarize_directions(by_reader)
    if slides:
        by_mesh, right_way, by_reader = np.mean(slides, axis=0)
        report["slider"] = {"faces": len(slides), "Spearman": round(float(by_mesh), 3)}
        report["slider"]["steps the right way"] = round(float(right_way), 3)
        report["slider"]["Spearman by the reader that does not steer"] = round(float(by_reader), 3)
    return report


def measured_motion(pipeline: GazePipeline, face: Face, picture: np.ndarray) -> np.ndarray | None:
    """(2,) how far the irises moved in the eye frames of the photo, by landmarks: eye widths, + to the picture's right
    and down. None if the face is not found again."""
    again = pipeline.landmarker(picture)
    return _motion(face, again[0]) if again else None


def _motion(face: Face, again: Face) -> np.ndarray:
    return to_picture([eye.frame.to_frame(new.iris) - eye.offset for eye, new in zip(face.eyes, again.eyes)])


def redirected(
    pipeline: GazePipeline, measure: EyeMeasure, encoding: Encoding, image: np.ndarray, face: Face
) -> tuple[np.ndarray, np.ndarray]:
    """One photo over the grid of `YAWS` and `PITCHES`.

    Where the face looked before is known by landmarks, and so is the motion. The reader that does not steer compares
    with the photo, in which the eyes look into the lens.

    Returns:
        (N, 4) asked yaw and pitch, measured yaw and pitch in degrees, by landmarks of the face; (2 N, 4) the same of
        each eye by the other reader.
    """
    start = residual_to_angle_code(face_residual(pipeline.camera_coefficients, face))
    by_mesh, by_reader = [], []
    for yaw in YAWS:
        for pitch in PITCHES:
            picture = np.asarray(encoding.redirect(yaw, pitch, faces="largest").image)
            again = pipeline.landmarker(picture)
            if not again:
                continue
            by_mesh.append([yaw, pitch, *angle_code_to_degrees(start + _motion(face, again[0]))])
            for eye, motion in zip(face.eyes, measure.motions(image, face, picture, again[0])):
                across, up = np.degrees(np.arcsin(np.clip(motion / EYEBALL, -1, 1))) * [-1 if eye.mirrored else 1, -1]
                by_reader.append([yaw, pitch, across, up])
    return np.array(by_mesh).reshape(-1, 4), np.array(by_reader).reshape(-1, 4)


def summarize_directions(rows: np.ndarray) -> dict:
    """Angular errors of (N, 4) rows as `redirected` gives them."""
    asked, found = rows[:, :2], rows[:, 2:]
    error = np.abs(found - asked)
    across = [found[asked[:, 0] == yaw, 0].mean() for yaw in YAWS]
    level = [found[asked[:, 1] == pitch, 1].mean() for pitch in PITCHES]
    return {
        "directions": len(rows),
        "error": round(float(np.hypot(*error.T).mean()), 2),
        "error yaw": round(float(error[:, 0].mean()), 2),
        "error pitch": round(float(error[:, 1].mean()), 2),
        "mean yaw at " + ", ".join(map(str, YAWS)): [round(float(v), 1) for v in across],
        "mean pitch at " + ", ".join(map(str, PITCHES)): [round(float(v), 1) for v in level],
    }


def slider(
    pipeline: GazePipeline, measure: EyeMeasure, encoding: Encoding, image: np.ndarray, face: Face
) -> tuple[float, float, float] | None:
    """Spearman correlation of α with the measured motion along the way to the lens, the share of steps of α that move
    the right way, and the correlation by the reader that does not steer; None if the face is lost on the way."""
    frames = [np.asarray(frame) for frame in encoding.animate(ALPHAS, faces="largest")]
    found = [pipeline.landmarker(frame) for frame in frames]
    if not all(found):
        return None
    way = -np.array(encoding.faces[0].offset_before)
    along = np.array([_motion(face, faces[0]) for faces in found]) @ (way / np.hypot(*way))
    read = [to_picture(measure.motions(image, face, frame, faces[0])) for frame, faces in zip(frames, found)]
    return _rank_correlation(along), float((np.diff(along) > 0).mean()), _rank_correlation(np.array(read) @ way)


def _rank_correlation(along: np.ndarray) -> float:
    return float(spearmanr(ALPHAS, along).statistic) if np.ptp(along) else 0.0  # undefined where nothing moves
