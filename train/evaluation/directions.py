"""Does the gaze go where `redirect` and `animate` are asked to bring it? Measured by landmarks on the result."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from gazehub.encoding import Encoding
from gazehub.faces.face import Face
from gazehub.gaze import (
    angle_code_to_degrees,
    face_residual,
    residual_to_angle_code,
    to_picture,
)
from gazehub.pipeline_gaze import GazePipeline

YAWS, PITCHES = (-20, -10, 0, 10, 20), (-10, 0, 10)  # degrees
ALPHAS = (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25)


def measured_motion(pipeline: GazePipeline, face: Face, picture: np.ndarray) -> np.ndarray | None:
    """(2,) how far the irises moved in the eye frames of the photo, by landmarks: eye widths, + to the picture's right
    and down. None if the face is not found again."""
    again = pipeline.landmarker(picture)
    if not again:
        return None
    moved = [eye.frame.to_frame(new.iris) - eye.offset for eye, new in zip(face.eyes, again[0].eyes)]
    return to_picture(moved)


def redirected(pipeline: GazePipeline, encoding: Encoding, face: Face) -> np.ndarray:
    """One photo over the grid of `YAWS` and `PITCHES`.

    Where the face looked before is known by landmarks, and so is the motion.

    Returns:
        (N, 4) asked yaw and pitch, measured yaw and pitch in degrees.
    """
    start = residual_to_angle_code(face_residual(pipeline.camera_coefficients, face))
    rows = []
    for yaw in YAWS:
        for pitch in PITCHES:
            moved = measured_motion(pipeline, face, np.asarray(encoding.redirect(yaw, pitch, faces="largest").image))
            if moved is not None:
                rows.append([yaw, pitch, *angle_code_to_degrees(start + moved)])
    return np.array(rows).reshape(-1, 4)


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


def slider(pipeline: GazePipeline, encoding: Encoding, face: Face) -> tuple[float, float] | None:
    """Spearman correlation of α with the measured motion along the way to the lens, and the share of steps of α that
    move the right way; None if the face is lost on the way."""
    frames = encoding.animate(ALPHAS, faces="largest")
    moved = [measured_motion(pipeline, face, np.asarray(frame)) for frame in frames]
    if any(motion is None for motion in moved):
        return None
    way = -np.array(encoding.faces[0].offset_before)
    along = np.array(moved) @ (way / np.hypot(*way))
    correlation = spearmanr(ALPHAS, along).statistic if np.ptp(along) else 0.0  # undefined where nothing moves
    return float(correlation), float((np.diff(along) > 0).mean())
