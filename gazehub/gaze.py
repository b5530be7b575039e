"""Gaze in numbers: offsets, the camera regression, degrees.

A gaze offset is the iris centre minus the midpoint of the eye corners, in eye widths, in the canonical frame. Which
offset means "into the lens" depends on the head pose: the camera regression says. The residual is what is left.
Landmarks understate how far an eye is turned, for two reasons. The iris landmark follows the iris by `LANDMARK_GAIN`,
measured on eyes rotated by a known motion; and the corners are dragged along with it, so the residual in an eye's own
frame shows only `RESIDUAL_GAIN` of the motion, measured on averted training portraits before and after correction.
"""

from __future__ import annotations

import numpy as np

from gazehub.faces.face import Eye, Face

EYEBALL = 0.36  # the radius on which the iris centre turns, eye widths: motion = EYEBALL * sin(angle)
LANDMARK_GAIN = np.array([0.92, 0.62])  # in a frame that stays: horizontal, vertical
CORNEA_SHARE = 0.55  # motion of a lamp's reflection in the eye per motion of the iris
RESIDUAL_GAIN = np.array([0.75, 0.31])  # in the frame found anew
FAR_EYE_GAIN = 0.35  # what the horizontal one loses per sine of the head's turn where an eye is the farther one
VERTICAL_WEIGHT = 1.3  # the eye moves less up and down: a vertical residual weighs more
FARTHEST_TURN = 0.57  # sine of 35 degrees: beyond it too few portraits look into the lens to tell where it is
CAMERA_BAND, AVERTED_BAND = 0.03, 0.05  # domain X below the first, domain Y above the second; eye widths


def lens_features(direction: np.ndarray) -> np.ndarray:
    """(..., 4) regressors 1, s, s², p of (..., 2) head directions."""
    s, p = np.moveaxis(np.clip(direction, -FARTHEST_TURN, FARTHEST_TURN), -1, 0)
    return np.stack([np.ones_like(s), s, s * s, p], axis=-1)


def head_direction(face: Face, eye: Eye) -> np.ndarray:
    """(2,) where the head points as the corner frame of `eye` sees it: sines of the turn to the inner corner (positive
    for the nearer eye of a turned head) and of the turn up. A rolled head is no matter, then."""
    forward = np.sin(np.radians([face.yaw, -face.pitch]))
    across, down = np.linalg.inv(eye.frame.matrix / eye.frame.width) @ forward
    return np.array([across, -down])


def camera_offset(coefficients: np.ndarray, face: Face, eye: Eye) -> np.ndarray:
    """(2,) offset at which `eye` looks into the lens at this head pose; see `fit_camera_regression`."""
    return np.asarray(coefficients) @ lens_features(head_direction(face, eye))


def to_picture(residuals: np.ndarray) -> np.ndarray:
    """(2,) residual of a face, + to the picture's right and down, from the canonical (2 eyes, 2) residuals."""
    residuals = np.array(residuals, np.float64)
    residuals[1, 0] *= -1
    return residuals.mean(axis=0)


def to_canonical(residual: np.ndarray, mirrored: bool) -> np.ndarray:
    """A picture residual as the canonical frame of one eye sees it."""
    return np.asarray(residual, np.float64) * ([-1.0, 1.0] if mirrored else [1.0, 1.0])


def face_residual(coefficients: np.ndarray, face: Face) -> np.ndarray:
    """(2,) how far the gaze of a face is from the lens: + to the picture's right and down, eye widths."""
    return to_picture([eye.offset - camera_offset(coefficients, face, eye) for eye in face.eyes])


def residual_size(residual: np.ndarray) -> np.ndarray:
    """(...) length of (..., 2) residuals, the vertical part weighed by `VERTICAL_WEIGHT`."""
    residual = np.asarray(residual)
    return np.hypot(residual[..., 0], VERTICAL_WEIGHT * residual[..., 1])


def residual_to_angle_code(residual: np.ndarray, turn: float = 0.0) -> np.ndarray:
    """How far the iris must move in the eye's present frame to look into the lens, from (..., 2) residuals.

    Args:
        turn: sine of the head's turn to the inner corner, see `head_direction`; below 0 for the farther eye.
    """
    gain = RESIDUAL_GAIN + [FAR_EYE_GAIN * np.clip(turn, -FARTHEST_TURN, 0), 0]
    return np.asarray(residual) * (LANDMARK_GAIN / gain)


def angle_code_to_residual(code: np.ndarray) -> np.ndarray:
    """The inverse of `residual_to_angle_code` for a head that faces the camera."""
    return np.asarray(code) * (RESIDUAL_GAIN / LANDMARK_GAIN)


def angle_code_to_degrees(code: np.ndarray) -> tuple[float, float]:
    """(yaw, pitch) in degrees, + to the picture's right and up, from an angle code of the face, (2,) eye widths."""
    yaw, pitch = np.degrees(np.arcsin(np.clip(np.asarray(code) / (EYEBALL * LANDMARK_GAIN), -1, 1))) * [1, -1]
    return float(yaw), float(pitch)


def degrees_to_angle_code(yaw: float, pitch: float) -> np.ndarray:
    """(2,) angle code, + to the picture's right and down, of a gaze direction in degrees."""
    return EYEBALL * LANDMARK_GAIN * np.sin(np.radians([yaw, -pitch]))


def fit_camera_regression(directions: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Robust linear fit of gaze offsets on head direction, over eyes most of which look into the lens.

    Iteratively reweighted least squares with Tukey weights, so that those that look elsewhere do not count.

    Args:
        directions: (N, 2), see `head_direction`.
        offsets: (N, 2) gaze offsets.

    Returns:
        (2, 4) coefficients of `lens_features`.
    """
    features = lens_features(directions)
    weights = np.ones(len(features))
    for _ in range(30):
        root = np.sqrt(weights)[:, None]
        ridge = np.sqrt(1e-4 * len(features)) * np.diag([0, 1, 1, 1])  # the square is barely seen near 0
        solution = np.linalg.lstsq(
            np.vstack([features * root, ridge]), np.vstack([offsets * root, np.zeros((4, 2))]), rcond=None
        )[0]
        size = residual_size(offsets - features @ solution)
        scale = max(1.4826 * np.median(size), 1e-6)
        weights = np.clip(1 - (size / (3 * scale)) ** 2, 0, None) ** 2
    return solution.T
