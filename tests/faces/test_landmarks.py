from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from gazehub.eye_frame import EyeFrame
from gazehub.faces.face import Eye
from gazehub.faces.square import square_around


def centers(face):
    return np.array([eye.frame.center for eye in face.eyes])


def eye_with_openness(upper, lower):
    """An eye 100 pixels wide whose lids are flat, `upper` and `lower` pixels from the line of its corners."""
    x = np.linspace(0, 100, 9)
    below = np.stack([x, [0, *[lower] * 7, 0]], axis=1)
    above = np.stack([x, [0, *[-upper] * 7, 0]], axis=1)[-2:0:-1]
    return Eye(np.vstack([below, above]), np.array([60.0, -4.0]), 10.0, mirrored=False)


def test_one_face_with_its_eyes_where_they_are(landmarker, one_face):
    faces = landmarker(one_face)
    assert len(faces) == 1
    irises = [eye.iris for eye in faces[0].eyes]
    assert np.abs(irises - np.array([[203.5, 101.0], [247.1, 103.1]])).max() < 1.2  # as one sees them
    for eye in faces[0].eyes:
        assert 16 < eye.frame.width < 22 and 0.15 < eye.openness < 0.45
        assert eye.opening[:, 0].min() < eye.iris[0] < eye.opening[:, 0].max()
        assert 0.1 < eye.iris_radius / eye.frame.width < 0.3
    assert not faces[0].eyes[0].mirrored and faces[0].eyes[1].mirrored
    assert abs(faces[0].yaw) < 12


def test_a_mirrored_photo_gives_the_mirrored_face(landmarker, one_face, face):
    mirrored = landmarker(np.ascontiguousarray(one_face[:, ::-1]))[0]
    expected = centers(face)[::-1] * [-1, 1] + [one_face.shape[1] - 1, 0]
    assert np.abs(centers(mirrored) - expected).max() < 1.2
    assert mirrored.roll == pytest.approx(-face.roll, abs=2)
    assert mirrored.yaw == pytest.approx(-face.yaw, abs=5)


@pytest.mark.parametrize("angle", [-20, 15])
def test_a_turned_photo_gives_the_turned_face(landmarker, one_face, face, angle):
    matrix = cv2.getRotationMatrix2D((255.5, 255.5), -angle, 1.0)  # + is clockwise here
    turned = landmarker(cv2.warpAffine(one_face, matrix, (512, 512)))[0]
    expected = centers(face) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(centers(turned) - expected).max() < 2
    assert turned.roll == pytest.approx(face.roll + angle, abs=3)


@pytest.mark.parametrize("scale", [0.7, 3])
def test_a_scaled_photo_gives_the_scaled_face(landmarker, one_face, face, scale):
    scaled = landmarker(cv2.resize(one_face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))[0]
    expected = (centers(face) + 0.5) * scale - 0.5
    assert np.abs(centers(scaled) - expected).max() < 1.0 * max(scale, 1)
    assert scaled.eyes[0].frame.width == pytest.approx(face.eyes[0].frame.width * scale, rel=0.06)


def test_two_faces_largest_first_and_each_once(landmarker, two_faces):
    faces = landmarker(two_faces)
    assert len(faces) == 2 and faces[0].area > faces[1].area
    assert centers(faces[0])[:, 0].min() > 560 and centers(faces[1])[:, 0].max() < 512


@pytest.mark.parametrize("shape", [(300, 200, 3), (1, 1, 3), (3, 700, 3)])
def test_a_picture_without_a_face(landmarker, shape):
    assert landmarker(np.full(shape, 120, np.uint8)) == []


def test_threads_share_one_landmarker(landmarker, one_face, two_faces):
    images = [one_face, two_faces] * 4
    alone = [landmarker(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(landmarker, images))
    for expected, found in zip(alone, together):
        assert [face.box for face in found] == [face.box for face in expected]


@pytest.mark.parametrize("upper, lower", [(20, 10), (3, 2), (0, 0)])
def test_openness_is_the_height_of_the_opening(upper, lower):
    assert eye_with_openness(upper, lower).openness == pytest.approx((upper + lower) / 100)


def test_offset_is_the_iris_in_eye_widths_and_mirrors():
    eye = eye_with_openness(20, 10)
    assert eye.offset == pytest.approx([0.1, -0.04])
    other = Eye(eye.opening * [-1, 1], eye.iris * [-1, 1], eye.iris_radius, mirrored=True)
    assert other.offset == pytest.approx([0.1, -0.04])
    assert isinstance(other.frame, EyeFrame) and other.openness == pytest.approx(eye.openness)


@pytest.mark.parametrize("shape", [(1, 65_000, 3), (65_000, 1, 3), (40_000, 600, 3), (2, 2_000, 3)])
def test_a_picture_of_any_shape(landmarker, shape):
    assert landmarker(np.full(shape, 120, np.uint8)) == []


def test_a_face_in_a_very_long_picture(landmarker, one_face, face):
    """cv2 warps no picture of 32,768 pixels or more."""
    long = np.full((600, 40_000, 3), 120, np.uint8)
    long[:512, :512] = one_face
    square = square_around(long, np.array(face.box))
    assert np.array_equal(square.pixels, square_around(one_face, np.array(face.box)).pixels)


def test_a_very_large_photo(landmarker, one_face, face):
    scaled = landmarker(cv2.resize(one_face, (4000, 4000), interpolation=cv2.INTER_CUBIC))[0]
    expected = (centers(face) + 0.5) * (4000 / 512) - 0.5
    assert np.abs(centers(scaled) - expected).max() < 0.05 * scaled.eyes[0].frame.width


def test_a_face_at_the_border(landmarker, one_face, face):
    cut = landmarker(np.ascontiguousarray(one_face[60:, 170:]))[0]
    assert np.abs(centers(cut) + [170, 60] - centers(face)).max() < 0.05 * face.eyes[0].frame.width


def test_a_box_beyond_the_picture_or_too_small_has_no_square(one_face):
    for box in ([-300, 10, -200, 110], [600, 10, 700, 110], [10, 900, 110, 1000], [50, 50, 53, 53]):
        assert square_around(one_face, np.array(box)) is None


def test_following_finds_the_face_where_it_went(landmarker, one_face, face):
    moved = np.roll(one_face, (3, -5), axis=(0, 1))
    followed = landmarker.follow(moved, face)
    assert np.abs(centers(followed) - centers(face) - [-5, 3]).max() < 0.05 * face.eyes[0].frame.width
    assert landmarker.follow(np.full_like(one_face, 120), face) is None


def test_following_stays_on_a_face_that_rests(landmarker, one_face, face):
    followed = face
    for _ in range(5):
        followed = landmarker.follow(one_face, followed)
    assert np.abs(centers(followed) - centers(face)).max() < 0.05 * face.eyes[0].frame.width
