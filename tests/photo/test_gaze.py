"""Gaze in numbers: where a head points, the camera regression, and degrees."""

from dataclasses import replace

import numpy as np
import pytest

from gazehub.gaze import (
    EYEBALL,
    FARTHEST_TURN,
    LANDMARK_GAIN,
    angle_code_to_degrees,
    angle_code_to_residual,
    camera_offset,
    degrees_to_angle_code,
    fit_camera_regression,
    head_direction,
    lens_features,
    residual_size,
    residual_to_angle_code,
    to_canonical,
    to_picture,
)
from tests.stream.films import moved


def test_a_head_turned_to_the_right_points_to_the_inner_corner_of_the_left_eye(face):
    """And to the outer one of the right eye, which is the farther one then; up is up for both."""
    upright = replace(face, yaw=30.0, pitch=10.0, eyes=tuple(levelled(eye) for eye in face.eyes))
    left, right = (head_direction(upright, eye) for eye in upright.eyes)
    np.testing.assert_allclose(left, np.sin(np.radians([30, 10])), atol=1e-9)
    np.testing.assert_allclose(right, left * [-1, 1], atol=1e-9)


def levelled(eye):
    """The eye with its corners side by side."""
    opening = eye.opening.copy()
    opening[8, 1] = opening[0, 1]
    return replace(eye, opening=opening)


@pytest.mark.parametrize("roll", [-25, 15, 90])
def test_where_a_head_points_does_not_depend_on_its_roll(face, roll):
    turned = replace(face, yaw=25.0, pitch=-12.0)
    turn = np.radians(roll)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    across, down = matrix @ np.sin(np.radians([turned.yaw, -turned.pitch]))
    eyes = tuple(replace(e, opening=e.opening @ matrix.T, iris=e.iris @ matrix.T) for e in face.eyes)
    yaw, pitch = np.degrees(np.arcsin([across, -down]))
    rolled = replace(face, yaw=float(yaw), pitch=float(pitch), eyes=eyes)
    coefficients = [[-0.04, -0.23, 0.06, 0.01], [-0.06, 0.03, -0.03, 0.1]]
    for before, after in zip(turned.eyes, rolled.eyes):
        np.testing.assert_allclose(head_direction(rolled, after), head_direction(turned, before), atol=1e-9)
        np.testing.assert_allclose(
            camera_offset(coefficients, rolled, after), camera_offset(coefficients, turned, before), atol=1e-9
        )


def test_nor_on_the_roll_of_a_photo(landmarker, one_face, face):
    (rolled,) = landmarker(moved(one_face, roll=20))
    assert rolled.roll - face.roll == pytest.approx(20, abs=3)
    for before, after in zip(face.eyes, rolled.eyes):
        assert head_direction(rolled, after) == pytest.approx(head_direction(face, before), abs=0.06)


def test_beyond_the_farthest_turn_the_lens_stays_where_it_is():
    directions = np.array([[[0.9, 0.1], [-0.8, -0.7]], [[0.2, 0.3], [0.0, 0.0]]])
    features = lens_features(directions)
    assert features.shape == (2, 2, 4)
    np.testing.assert_allclose(features[0, 0], [1, FARTHEST_TURN, FARTHEST_TURN**2, 0.1])
    np.testing.assert_allclose(features[0, 1], [1, -FARTHEST_TURN, FARTHEST_TURN**2, -FARTHEST_TURN])
    np.testing.assert_allclose(features[1], [[1, 0.2, 0.04, 0.3], [1, 0, 0, 0]], atol=1e-12)


def test_camera_regression_ignores_those_who_look_away():
    rng = np.random.default_rng(0)
    directions = np.sin(np.radians(rng.normal([0, -8], [10, 6], (2000, 2))))
    true = np.array([[-0.04, -0.23, 0.06, 0.01], [-0.06, 0.03, -0.03, 0.02]])
    offsets = lens_features(directions) @ true.T + rng.normal(0, 0.01, (2000, 2))
    offsets[:400] += [0.15, 0.05]  # a fifth of the corpus looks the same way
    fitted = fit_camera_regression(directions, offsets)
    assert fitted.shape == (2, 4)
    error = (lens_features(directions) @ (fitted - true).T)[400:]
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


def test_the_farther_eye_shows_less_of_its_motion():
    facing, near, far, farther = (residual_to_angle_code([0.05, 0.02], turn) for turn in (0.0, 0.4, -0.2, -0.4))
    assert near.tolist() == facing.tolist()
    assert facing[0] < far[0] < farther[0] and facing[1] == far[1] == farther[1]
    assert residual_to_angle_code([0.05, 0.02], -0.9)[0] == residual_to_angle_code([0.05, 0.02], -FARTHEST_TURN)[0]
    np.testing.assert_allclose(angle_code_to_residual(facing), [0.05, 0.02])


def test_vertical_residuals_weigh_more():
    assert residual_size([0.0, 0.03]) > residual_size([0.03, 0.0])
    assert residual_size(np.zeros((4, 2))).shape == (4,)
