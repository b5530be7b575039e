"""Gaze in numbers: the camera regression and degrees."""

import numpy as np
import pytest

from gazehub.gaze import (
    EYEBALL,
    LANDMARK_GAIN,
    angle_code_to_degrees,
    degrees_to_angle_code,
    fit_camera_regression,
    pose_features,
    residual_size,
    to_canonical,
    to_picture,
)


def test_camera_regression_ignores_those_who_look_away():
    rng = np.random.default_rng(0)
    yaw, pitch = rng.normal(0, 10, 2000), rng.normal(-8, 6, 2000)
    true = np.array([[-0.04, -0.18, 0.03, 0.05, 0.01], [-0.06, 0.02, 0.03, -0.03, 0.02]])
    offsets = pose_features(yaw, pitch) @ true.T + rng.normal(0, 0.01, (2000, 2))
    offsets[:400] += [0.15, 0.05]  # a fifth of the corpus looks the same way
    fitted = fit_camera_regression(yaw, pitch, offsets)
    error = (pose_features(yaw, pitch) @ (fitted - true).T)[400:]
    assert np.abs(error.mean(axis=0)).max() < 0.003
    assert residual_size(error).max() < 0.015


@pytest.mark.parametrize("yaw, pitch", [(0, 0), (15, 0), (-20, 8), (5, -12)])
def test_degrees_round_trip(yaw, pitch):
    code = degrees_to_angle_code(yaw, pitch)
    assert angle_code_to_degrees(code) == pytest.approx((yaw, pitch))
    assert np.sign(code[0]) == np.sign(yaw) and np.sign(code[1]) == -np.sign(pitch)


def test_thirty_degrees_are_half_the_eyeball():
    assert degrees_to_angle_code(30, 0)[0] == pytest.approx(EYEBALL * LANDMARK_GAIN[0] / 2)


def test_both_eyes_looking_right_average_to_the_right():
    seen = [to_canonical([0.1, 0.02], mirrored) for mirrored in (False, True)]
    assert seen[0][0] == 0.1 and seen[1][0] == -0.1
    np.testing.assert_allclose(to_picture(seen), [0.1, 0.02])


def test_vertical_residuals_weigh_more():
    assert residual_size([0.0, 0.03]) > residual_size([0.03, 0.0])
    assert residual_size(np.zeros((4, 2))).shape == (4,)
