import numpy as np

from gazehub.faces.face import face_from_mesh
from gazehub.stream.head import Head
from tests.stream.films import moved


def test_a_head_is_followed_more_finely_than_landmarks_tremble(trained, looking):
    photo, rng = looking[0], np.random.default_rng(0)
    face = trained.landmarker(photo)[0]
    head = first = Head.first(photo, face)
    for step in range(1, 13):
        right, down = 1.3 * step, 0.7 * step
        mesh = face.mesh + [right, down, 0] + rng.normal(0, 0.02 * first.frame.width, face.mesh.shape)
        head = head.follow(moved(photo, right, down), face_from_mesh(mesh))
        error = (head.frame.center - first.frame.center - [right, down]) / first.frame.width
        assert np.abs(error).max() < 0.01
    assert abs(head.frame.width / first.frame.width - 1) < 0.01


def test_a_head_that_rolls_is_followed(trained, looking):
    photo = looking[0]
    head = Head.first(photo, trained.landmarker(photo)[0])
    first = head.frame
    for roll in (1.5, 3.0, 4.5):
        turned = moved(photo, roll=roll)
        head = head.follow(turned, trained.landmarker(turned)[0])
    angle = np.degrees(np.arctan2(*head.frame.matrix[::-1, 0]) - np.arctan2(*first.matrix[::-1, 0]))
    assert abs(angle - 4.5) < 0.3


def test_eyes_that_turn_or_close_do_not_move_the_head(trained, looking, asleep):
    face = trained.landmarker(looking[18])[0]
    head = Head.first(looking[18], face)
    for picture in (looking[-18], asleep):
        after = head.follow(picture, face)
        assert np.abs(after.frame.center - head.frame.center).max() / head.frame.width < 0.005


def test_landmarks_decide_where_the_pictures_have_nothing_in_common(trained, looking):
    face = trained.landmarker(looking[0])[0]
    head = Head.first(looking[0], face)
    noise = np.random.default_rng(0).integers(0, 255, looking[0].shape, np.uint8)
    after = head.follow(noise, face_from_mesh(face.mesh + [9.0, 0, 0]))
    np.testing.assert_allclose(after.frame.center, head.frame.center + [9.0, 0], atol=1e-6)
