from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from gazehub.eye_frame import EyeFrame
from gazehub.faces.face import Eye


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
