from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from gazehub.eye_frame import crop, patch_grid
from gazehub.faces.face import face_from_mesh
from tests.conftest import SAMPLES
from train.corpus.rotate_eyeball import rotate_eyeball
from train.corpus.turn_head import MAX_PITCH, MAX_YAW, turn_head

CORNERS = (0, 8)  # of an opening
DOT = np.array([255, 0, 255])


@pytest.fixture(scope="module")
def hopper():
    return np.asarray(Image.open(SAMPLES / "grace_hopper.jpg").convert("RGB"))


@pytest.fixture(scope="module")
def head(landmarker, hopper):
    return landmarker(hopper)[0]


def corners(face):
    return np.array([eye.opening[place] for eye in face.eyes for place in CORNERS])


def dotted(portrait, points):
    """The portrait in grey, with dots of one colour at `points`."""
    grey = np.repeat(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    for x, y in points:
        strength = np.clip(2.5 - np.hypot(columns - x, rows - y), 0, 1)[..., None]
        grey = grey + strength * (DOT - grey)
    return np.rint(grey).astype(np.uint8)


def dot_near(picture, point):
    """Centroid of what is coloured near a point."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    color = np.clip(picture[..., 0].astype(float) - picture[..., 1] - 20, 0, None)
    color[np.hypot(columns - point[0], rows - point[1]) > 7] = 0
    return np.array([(columns * color).sum(), (rows * color).sum()]) / color.sum()


def test_a_head_that_is_not_turned_stays_as_it_is(hopper, head):
    picture, same = turn_head(hopper, head, 0, 0)
    assert picture.dtype == np.uint8
    for before, after in zip(head.eyes, same.eyes):
        assert after.frame.width == pytest.approx(before.frame.width, rel=1e-6)
        assert after.offset == pytest.approx(before.offset, abs=1e-6)
        assert np.abs(crop(picture, after.frame).astype(float) - crop(hopper, before.frame)).mean() < 1.5


@pytest.mark.parametrize("yaw, pitch", [(30, 0), (-25, 0), (0, 12), (0, -15), (20, -10), (-12, 8)])
def test_the_pose_changes_by_what_is_asked(hopper, head, yaw, pitch):
    _, turned = turn_head(hopper, head, yaw, pitch)
    assert turned.yaw - head.yaw == pytest.approx(yaw, abs=0.01)
    assert turned.pitch - head.pitch == pytest.approx(pitch, abs=0.01)
    assert turned.roll == pytest.approx(head.roll, abs=0.01)


@pytest.mark.parametrize("yaw, pitch", [(0, 0), (25, 0), (-25, 0), (10, 12), (-10, -12)])
def test_pixels_go_where_the_landmarks_say(hopper, head, yaw, pitch):
    picture, turned = turn_head(dotted(hopper, corners(head)), head, yaw, pitch)
    for point in corners(turned):
        assert dot_near(picture, point) == pytest.approx(point, abs=0.7)


@pytest.mark.parametrize("yaw", [-20, 20])
def test_the_landmarker_finds_the_turned_head(landmarker, hopper, head, yaw):
    picture, turned = turn_head(hopper, head, yaw, 0)
    found = landmarker(picture)[0]
    width = np.mean([eye.frame.width for eye in turned.eyes])
    # The outline, by which the landmarker judges the head, turns less than the eyes.
    assert 0.55 * abs(yaw) < np.sign(yaw) * (found.yaw - head.yaw) < 1.1 * abs(yaw)
    # The landmarker's corners are dragged along by irises that look aside.
    assert np.linalg.norm(corners(found) - corners(turned), axis=1).mean() < 0.08 * width


@pytest.mark.parametrize("yaw", [-30, 30])
def test_the_farther_eye_is_narrower_and_neither_smaller_than_before(hopper, head, yaw):
    _, turned = turn_head(hopper, head, yaw, 0)
    farther, nearer = turned.eyes if yaw < 0 else turned.eyes[::-1]
    assert farther.frame.width < 0.85 * nearer.frame.width
    for before, after in zip(head.eyes, turned.eyes):
        assert after.frame.width > before.frame.width * (1 - 1e-6)


def test_the_gaze_turns_with_the_head(hopper, head):
    _, turned = turn_head(hopper, head, 20, 0)
    left, right = ((after.offset - before.offset)[0] for before, after in zip(head.eyes, turned.eyes))
    assert (
        left > 0.03 and right < -0.03
    )  # to the picture's right: inwards in the image-left eye, outwards in the other


@pytest.mark.parametrize("yaw", [-20, 20])
def test_turned_eyes_can_look_elsewhere(face, one_face, yaw):
    picture, turned = turn_head(one_face, face, yaw, 0)
    for eye in turned.eyes:
        patch = np.rint(np.clip(crop(picture, eye.frame), 0, 255)).astype(np.uint8)
        opening, radius = eye.frame.to_frame(eye.opening), eye.iris_radius / eye.frame.width
        outwards, inwards = (
            rotate_eyeball(patch, opening, eye.offset, radius, np.array([move, 0.0])).astype(float).mean(axis=2)
            for move in (-0.1, 0.1)
        )
        columns = patch_grid(patch.shape[1], patch.shape[0])[0]
        middle = np.abs(columns) < 0.4
        darker_inwards = (outwards - inwards)[middle]
        assert (darker_inwards * columns[middle]).sum() > 0


@pytest.mark.parametrize("yaw, pitch", [(MAX_YAW + 1, 0), (0, -MAX_PITCH - 1)])
def test_a_turn_too_far_is_refused(hopper, head, yaw, pitch):
    with pytest.raises(ValueError, match="at most"):
        turn_head(hopper, head, yaw, pitch)


def test_a_head_turned_already_is_refused(hopper, head):
    with pytest.raises(ValueError, match="more frontal"):
        turn_head(hopper, replace(head, yaw=24.0), 5, 0)


def test_a_portrait_that_ends_at_the_eyes_is_refused(hopper, head):
    left = int(head.eyes[0].opening[0, 0]) - 2  # nothing beside the outer corner
    narrow = hopper[:, left:]
    cut = face_from_mesh(head.mesh - [left, 0, 0])
    with pytest.raises(ValueError, match="ends too close"):
        turn_head(narrow, cut, 15, 0)
