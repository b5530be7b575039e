"""How far each eye is read to look from the lens."""

from dataclasses import replace

import numpy as np
import pytest

from gazehub.gaze import CAMERA_BAND, camera_offset, head_direction, residual_to_angle_code, to_canonical
from gazehub.read import (
    ENCODER_SHARE,
    OWN_AT_CAMERA,
    OWN_AT_MOST,
    OWN_AWAY,
    VERTICAL_SCATTER,
    WIDEST,
    angle_codes,
    likely_codes,
    read,
    read_again,
)

COEFFICIENTS = [[-0.04, -0.23, 0.06, 0.01], [-0.06, 0.03, -0.03, 0.0]]
AWAY = np.array([2.5 * CAMERA_BAND, 0.0])


def looking(face, *residuals):
    """The face with its eyes so far off the lens, (2,) each, + to the picture's right and down; and those offsets."""
    offsets = [
        camera_offset(COEFFICIENTS, face, eye) + to_canonical(residual, eye.mirrored)
        for eye, residual in zip(face.eyes, residuals)
    ]
    eyes = tuple(replace(e, iris=e.frame.to_portrait(offset)) for e, offset in zip(face.eyes, offsets))
    return replace(face, eyes=eyes), np.array(offsets)


def codes(face, seen):
    """The angle codes of both eyes, + to the picture's right and down."""
    return [to_canonical(code, eye.mirrored) for code, eye in zip(angle_codes(COEFFICIENTS, face, seen), face.eyes)]


def expected(face, *residuals):
    """The angle codes of eyes whose residuals are these, nothing of which is their own."""
    return [
        residual_to_angle_code(residual, head_direction(face, eye)[0]) for eye, residual in zip(face.eyes, residuals)
    ]


@pytest.mark.parametrize("yaw", [-25.0, 0.0, 25.0])
@pytest.mark.parametrize("residual", [(0.0, 0.0), (0.05, -0.02), (-0.12, 0.03)])
def test_eyes_that_look_at_one_point_get_one_code(face, yaw, residual):
    """The lens lies elsewhere for the nearer and the farther eye of a turned head, and the farther one shows less."""
    turned, seen = looking(replace(face, yaw=yaw), residual, residual)
    np.testing.assert_allclose(codes(turned, seen), expected(turned, residual, residual), atol=1e-9)


@pytest.mark.parametrize("shared, share", [(0 * AWAY, OWN_AT_CAMERA), (AWAY, OWN_AWAY), (-AWAY, OWN_AWAY)])
def test_each_eye_is_aimed_for_itself_but_keeps_a_part_of_its_vergence(face, shared, share):
    apart = np.array([0.02, 0.01])
    crossed, seen = looking(face, shared + apart, shared - apart)
    aimed = expected(crossed, shared + (1 - share) * apart, shared - (1 - share) * apart)
    np.testing.assert_allclose(codes(crossed, seen), aimed, atol=1e-9)


def test_what_no_eye_keeps_off_the_other_is_misread(face):
    apart = np.array([0.1, 0.0])
    crossed, seen = looking(face, apart, -apart)
    misread = apart - [OWN_AT_MOST, 0.0]
    np.testing.assert_allclose(codes(crossed, seen), expected(crossed, misread, -misread), atol=1e-9)


def test_landmarks_weigh_more_than_the_networks(face):
    straight, seen = looking(face, np.zeros(2), np.zeros(2))
    found = codes(straight, seen + [[0.04, 0.0], [-0.04, 0.0]])
    np.testing.assert_allclose(found, expected(straight, *[[0.04 * ENCODER_SHARE, 0.0]] * 2), atol=1e-9)
    assert 0 < ENCODER_SHARE < 0.5


def test_no_eye_is_read_beyond_what_eyes_can_do(face):
    far, seen = looking(face, [0.5, 0.4], [0.5, 0.4])
    np.testing.assert_allclose(codes(far, seen), [WIDEST, WIDEST])


@pytest.mark.parametrize("vertical", [0.0, 0.5, -1.0, 2.0, -5.0])
def test_of_a_gaze_up_or_down_the_less_the_more_was_misread(vertical):
    codes = np.array([[0.1, 0.01], [-0.08, -0.01]]) + [0.0, vertical * VERTICAL_SCATTER]
    believed = np.array(likely_codes(codes))
    np.testing.assert_allclose(believed[:, 0], codes[:, 0])
    np.testing.assert_allclose(believed[0] - believed[1], codes[0] - codes[1])
    share = vertical**2 / (1 + vertical**2)
    np.testing.assert_allclose(believed[:, 1].mean(), share * codes[:, 1].mean(), atol=1e-9)


def test_a_photo_is_read_so_when_it_is_read_again(pipe, one_face, face):
    first = read(pipe.networks, one_face, [face]).faces[0]
    seen = np.array([eye.seen for eye in first.eyes])
    aside, _ = looking(face, *2 * [np.array([0.06, -0.01])])
    again = read_again(pipe.networks, first, aside)
    plain, codes = (angle_codes(pipe.camera_coefficients, each, seen) for each in (face, aside))
    np.testing.assert_allclose([eye.angle for eye in first.eyes], plain, atol=1e-6)
    np.testing.assert_allclose([eye.angle for eye in again.eyes], likely_codes(codes), atol=1e-6)
    assert abs(again.gaze[1]) < abs(np.mean(codes, axis=0)[1])
