"""Faces that are left alone, and eyes that are turned in part."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from gazehub import GazeModel, NoFaceError
from gazehub.aim import Choice, redirect
from gazehub.eye_frame import crop
from gazehub.gaze import degrees_to_angle_code, residual_to_angle_code
from gazehub.limits import AT_LENS, OFF_LENS, need_of_correction, reach, skip_reason
from gazehub.model.runtime import networks_of
from gazehub.read import Reading, read
from tests.conftest import TINY
from tests.drawn import with_closed_eyes
from tests.encoded import encoded
from tests.pictures import changed, pixels


def with_openness(face, openness):
    """The same face with its lids moved; both eyes `openness` eye widths open."""
    eyes = []
    for eye in face.eyes:
        contour = eye.frame.to_frame(eye.opening)
        contour[:, 1] *= openness / eye.openness
        eyes.append(replace(eye, opening=eye.frame.to_portrait(contour)))
    return replace(face, eyes=tuple(eyes))


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda face: face, None),
        (lambda face: with_openness(face, 0.13), None),
        (lambda face: with_openness(face, 0.11), "eyes closed"),
        (lambda face: replace(face, eyes=(face.eyes[0], with_openness(face, 0.05).eyes[1])), "eyes closed"),
        (lambda face: replace(face, yaw=-43.0), "turned too far to the side"),
        (lambda face: replace(face, yaw=33.0), None),
        (
            lambda face: replace(
                face, eyes=tuple(replace(eye, opening=eye.opening / 2.6, iris=eye.iris / 2.6) for eye in face.eyes)
            ),
            "too small",
        ),
    ],
)
def test_why_a_face_is_left_alone(model, one_face, face, change, reason):
    other = change(face)
    assert skip_reason(other) == reason
    encoding = encoded(model, one_face, [other])
    for output in (encoding.correct(), encoding.redirect(20, 5)):
        assert output.faces[0].skipped == reason
        assert changed(one_face, output).any() == (reason is None)
    assert (encoding.faces[0].offset_before is None) == (reason is not None) == (encoding.faces[0].domain is None)
    if reason:
        assert not changed(one_face, encoding.animate([0.9])[0]).any()


def test_a_photo_with_closed_eyes_comes_back_as_it_is(pipe, one_face, face):
    closed = with_closed_eyes(one_face, face)
    output = pipe.correct(closed)
    assert [report.skipped for report in output.faces] == ["eyes closed"]
    assert np.array_equal(pixels(output), closed)
    assert all(np.array_equal(pixels(frame), closed) for frame in pipe.animate(closed, [0.5, 1.5]))


def test_a_closed_face_does_not_stop_the_open_one(model, landmarker, two_faces):
    large, small = landmarker(two_faces)
    output = encoded(model, two_faces, [with_openness(large, 0.04), small]).correct()
    assert [report.skipped for report in output.faces] == ["eyes closed", None]
    difference = changed(two_faces, output)
    assert difference[:, :540].any() and not difference[:, 540:].any()


def test_hidden_eyes_are_left_alone(model, two_faces, landmarker):
    """E_r says how sure it is of each face; a threshold between the two leaves one of them."""
    found = landmarker(two_faces)
    patches = np.stack([crop(two_faces, eye.frame) for face in found for eye in face.eyes]) / 255
    with torch.inference_mode():
        spread = model.encode(torch.from_numpy(patches).permute(0, 3, 1, 2))[2].view(2, 2).amax(1)
    between = GazeModel(**{**TINY, "hidden_spread": float(spread.mean())}).eval()
    between.load_state_dict(model.state_dict())
    output = encoded(between, two_faces, found).correct()
    hidden = [bool(value > spread.mean()) for value in spread]
    assert sorted(hidden) == [False, True]
    assert [report.skipped for report in output.faces] == ["eyes hidden" if h else None for h in hidden]
    difference = changed(two_faces, output)
    assert (difference[:, 540:].any(), difference[:, :540].any()) == tuple(not h for h in hidden)


def test_a_turned_face_changes_less_and_less(model, one_face, face):
    assert [reach(yaw, (0, 0)) for yaw in (0, -36, 36, 42, -60)] == [1, 1, 1, 0, 0]
    steps = [reach(yaw, (0, 0)) for yaw in np.linspace(36, 42, 20)]
    assert steps == sorted(steps, reverse=True) and reach(39, (0, 0)) == pytest.approx(0.5)

    def drawn(yaw):
        return pixels(encoded(model, one_face, [replace(face, yaw=yaw)]).redirect(30, 0))

    assert np.array_equal(drawn(42.0), one_face) and not np.array_equal(drawn(20.0), one_face)


def test_eyes_that_would_have_to_turn_too_far_are_left_alone(model, one_face, face):
    shift = np.array([0.45 * eye.frame.width for eye in face.eyes])
    glancing = replace(face, yaw=35.0, eyes=tuple(replace(e, iris=e.iris + [s, 0]) for e, s in zip(face.eyes, shift)))
    encoding = encoded(model, one_face, [glancing])
    assert encoding.faces[0].skipped == "turned too far to the side" and encoding.faces[0].offset_before is None
    assert np.array_equal(pixels(encoding.redirect(10, 0)), one_face)


def test_eyes_that_must_turn_far_in_a_turned_head_turn_less():
    assert reach(0, (55, 0)) == 1 and reach(-30, (-40, 15)) == 1  # a glance to the side; a turned head's usual one
    assert reach(30, (0, 59)) == reach(30, (-45, 39)) == 0
    steps = [reach(30, (turn, 0)) for turn in np.linspace(45, 59, 20)]
    assert steps == sorted(steps, reverse=True) and reach(-30, (52, 0)) == pytest.approx(0.5)


def test_the_need_of_a_correction_grows_with_the_distance_from_the_lens():
    def need(residual):
        return need_of_correction(residual_to_angle_code(np.array([-residual, 0.0])))

    needs = [need(residual) for residual in np.linspace(0, 0.05, 50)]
    assert needs == sorted(needs)
    assert need(0) == need(AT_LENS - 1e-4) == 0 and need(OFF_LENS + 1e-4) == need(0.1) == 1
    assert need((AT_LENS + OFF_LENS) / 2) == pytest.approx(0.5)


def test_a_turned_face_makes_a_part_of_the_motion(model, one_face, face):
    """It is moved less, not shown half transparent."""
    (straight,) = read(networks_of(model), one_face, [face]).faces
    eyes = tuple(replace(eye, angle=np.array([0.02, 0.0])) for eye in straight.eyes)
    reading = Reading((replace(straight, face=replace(face, yaw=39.0), eyes=eyes),))
    share = reading.faces[0].reach
    assert share == pytest.approx(0.5)
    aimed = redirect(reading, Choice.of(reading), 30, 0).eyes
    assert len(aimed) == 2
    for eye, sign in zip(aimed, (1, -1)):
        wanted = degrees_to_angle_code(30, 0) * [sign, 1]
        np.testing.assert_allclose(eye.angle, eye.reading.angle + share * (wanted - eye.reading.angle))
        assert eye.amount == 1


def test_a_photo_of_faces_too_small_to_redraw(pipe, one_face):
    small = np.full((300, 300, 3), 128, np.uint8)
    small[:180, :180] = cv2.resize(one_face, (180, 180), interpolation=cv2.INTER_AREA)
    with pytest.raises(NoFaceError, match="too small"):
        pipe.correct(small)
    assert [report.skipped for report in pipe.inspect(small)] == ["too small"]
