import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from gazehub.eye_frame import crop
from gazehub.faces.landmarker import FaceLandmarker
from train.corpus.canvas import Canvas
from train.corpus.glints import GLINT_FOLLOWS, find_glints
from train.corpus.rotate_eyeball import rotate_eyeball

SCALE = 80.0
CANVAS = Canvas.of(120, 168, SCALE)
IRIS, RADIUS = np.array([-0.02, -0.04]), 0.2


def lid_contour():
    x = np.linspace(-0.5, 0.5, 9)
    arc = 1 - (2 * x) ** 2
    return np.vstack([np.stack([x, 0.16 * arc], 1), np.stack([x, -0.24 * arc], 1)[-2:0:-1]])


def eye(lamps=(), iris=(110, 120, 130)):
    """An eye with a fibrous iris, and lamps (x, y from the iris' centre, radius, grey level) mirrored in it."""
    distance = CANVAS.distance(IRIS)
    fibres = 8 * np.sin(14 * np.arctan2(CANVAS.y - IRIS[1], CANVAS.x - IRIS[0]))
    image = np.full((CANVAS.height, CANVAS.width, 3), (225, 218, 212), np.float32)
    image[distance < RADIUS] = np.float32(iris) + fibres[distance < RADIUS, None]
    image[distance < 0.4 * RADIUS] = 15
    for x, y, radius, level in lamps:
        image[CANVAS.distance(IRIS + [x, y]) < radius] = level
    opening = ((lid_contour() * SCALE + [(CANVAS.width - 1) / 2, (CANVAS.height - 1) / 2]) * 16).round()
    skin = cv2.fillPoly(np.ones(image.shape[:2], np.uint8), [opening.astype(np.int32)], 0, cv2.LINE_AA, shift=4)
    image[skin > 0] = (200, 160, 140)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 0.8), 0, 255).astype(np.uint8)


def found(patch):
    return find_glints(patch, lid_contour(), IRIS, RADIUS, SCALE)


@pytest.mark.parametrize("color", [(60, 42, 30), (110, 120, 130), (150, 165, 180)])
@pytest.mark.parametrize("place", [(0.0, -0.02), (0.05, -0.07), (-0.11, 0.02)])
def test_a_lamp_is_found_where_it_is(color, place):
    (glint,) = found(eye([(*place, 0.025, 250)], color))
    assert glint[:2] == pytest.approx(IRIS + place, abs=0.012)
    assert 0.5 < glint[2] / (np.pi * 0.025**2) < 2.5
    assert glint[3] > 60


def test_every_lamp_is_found_largest_first():
    glints = found(eye([(-0.07, -0.05, 0.02, 250), (0.06, -0.05, 0.04, 235)]))
    assert len(glints) == 2
    assert glints[0, 0] > IRIS[0] > glints[1, 0]
    assert glints[0, 2] > glints[1, 2]


@pytest.mark.parametrize("color", [(60, 42, 30), (110, 120, 130), (150, 165, 180)])
def test_an_iris_without_a_lamp_has_none(color):
    assert found(eye(iris=color)).shape == (0, 4)


@pytest.mark.parametrize("move", [(0.1, 0.0), (-0.1, 0.0), (0.06, 0.06)])
def test_a_reflection_stays_behind_the_iris_at_full_brightness(move):
    patch = eye([(0.0, -0.03, 0.025, 252)])
    turned = rotate_eyeball(patch, lid_contour(), IRIS, RADIUS, np.array(move), SCALE)
    (before,), (after,) = found(patch), find_glints(turned, lid_contour(), IRIS + move, RADIUS, SCALE)
    assert after[:2] - before[:2] == pytest.approx(GLINT_FOLLOWS * np.array(move), abs=0.02)
    assert after[2] == pytest.approx(before[2], rel=0.45)
    x, y = np.round(after[:2] * SCALE + [(CANVAS.width - 1) / 2, (CANVAS.height - 1) / 2]).astype(int)
    assert turned[y - 1 : y + 2, x - 1 : x + 2].max() > 225


def test_what_was_below_a_reflection_is_iris():
    move = np.array([0.14, 0.0])
    lamp = (-0.11, 0.0)
    turned, plain = (
        rotate_eyeball(patch, lid_contour(), IRIS, RADIUS, move, SCALE).astype(float)
        for patch in (eye([(*lamp, 0.03, 250)]), eye())
    )
    old_place = CANVAS.distance(IRIS + move + lamp) < 0.025
    assert np.abs(turned - plain)[old_place].mean() < 12


def test_a_reflection_that_leaves_the_cornea_is_gone():
    patch = eye([(0.13, 0.0, 0.025, 250)])
    turned = rotate_eyeball(patch, lid_contour(), IRIS, RADIUS, np.array([-0.2, 0.0]), SCALE)
    left = np.array([IRIS[0] + 0.13 - 0.2 * GLINT_FOLLOWS, IRIS[1]])
    place = CANVAS.distance(left) < 0.02
    assert turned[place].mean(0) == pytest.approx([225, 218, 212], abs=10)


def test_a_photo_shows_its_lamps():
    image = astronaut()
    for found_eye in FaceLandmarker()(image)[0].eyes:
        frame = found_eye.frame
        patch = np.clip(crop(image, frame) + 0.5, 0, 255).astype(np.uint8)
        opening, radius = frame.to_frame(found_eye.opening), found_eye.iris_radius / frame.width
        glints = find_glints(patch, opening, found_eye.offset, radius)
        assert len(glints) >= 1
        assert np.hypot(*(glints[0, :2] - found_eye.offset)) < 0.2
