import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from gazehub.eye_frame import PATCH_SCALE, crop, frame_to_patch, patch_to_frame
from gazehub.faces.landmarker import FaceLandmarker
from train.corpus.rotate_eyeball import Eyeball, EyeballError, rotate_eyeball, sample_displacement

WIDTH, HEIGHT = round(2.1 * PATCH_SCALE), round(1.5 * PATCH_SCALE)
IRIS, IRIS_RADIUS = np.array([-0.03, -0.05]), 0.19
SKIN, SCLERA, IRIS_COLOR, PUPIL = (205, 160, 135), (222, 214, 208), (96, 74, 52), (18, 14, 12)


def lid_contour(upper=0.20, lower=0.14):
    x = np.linspace(-0.5, 0.5, 9)
    arc = 1 - (2 * x) ** 2
    below = np.stack([x, lower * arc], axis=1)
    above = np.stack([x, -upper * arc], axis=1)
    return np.vstack([below, above[-2:0:-1]])


def drawn_eye(opening, iris=IRIS, scale=PATCH_SCALE):
    """An eye with flat colours, drawn four times as large and averaged down."""
    zoom = 4
    width, height = (round(size * scale / PATCH_SCALE) for size in (WIDTH, HEIGHT))

    def pixels(points):
        return (points * scale + [(width - 1) / 2, (height - 1) / 2]) * zoom + (zoom - 1) / 2

    image = np.full((height * zoom, width * zoom, 3), SKIN, np.uint8)
    ball = np.full_like(image, SCLERA)
    center = tuple(int(v) for v in np.round(pixels(iris)))
    cv2.circle(ball, center, round(IRIS_RADIUS * scale * zoom), IRIS_COLOR, -1)
    cv2.circle(ball, center, round(0.4 * IRIS_RADIUS * scale * zoom), PUPIL, -1)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(pixels(opening)).astype(np.int32)], 1)
    image[mask > 0] = ball[mask > 0]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def frame_grid():
    column, row = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return patch_to_frame(np.stack([column, row], axis=-1), WIDTH, HEIGHT)


def pupil_center(patch):
    """Centroid of the darkest disc, frame coordinates."""
    weight = np.clip(55 - patch.astype(float).mean(2), 0, None)
    return (frame_grid() * weight[..., None]).sum((0, 1)) / weight.sum()


@pytest.mark.parametrize("move", [(0.1, 0), (-0.1, 0), (0.18, 0), (-0.17, 0), (0, -0.05), (0, 0.07), (0.08, 0.05)])
def test_the_pupil_moves_by_the_displacement(move):
    opening = lid_contour()
    patch = drawn_eye(opening)
    turned = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.array(move))
    assert turned.shape == patch.shape and turned.dtype == np.uint8
    assert pupil_center(turned) - pupil_center(patch) == pytest.approx(move, abs=0.02)


@pytest.mark.parametrize("move", [(0.15, 0.0), (-0.1, -0.06), (0.08, 0.1)])
def test_the_picture_does_not_depend_on_the_scale(move):
    opening = lid_contour()
    small, large = (
        rotate_eyeball(drawn_eye(opening, scale=scale), opening, IRIS, IRIS_RADIUS, np.array(move), scale)
        for scale in (PATCH_SCALE, 2 * PATCH_SCALE)
    )
    reduced = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced.astype(float) - small).mean() < 1.5
    opening_box = np.abs(frame_grid()) < [0.5, 0.25]
    assert np.abs(reduced.astype(float) - small)[opening_box.all(-1)].mean() < 4


def test_an_eye_taken_apart_once_turns_as_often_as_asked():
    opening = lid_contour()
    patch = drawn_eye(opening)
    eyeball = Eyeball.of(patch, opening, IRIS, IRIS_RADIUS)
    for move in np.array([[0.1, 0.0], [-0.1, 0.05], [0.1, 0.0]]):
        assert np.array_equal(eyeball.turned(move), rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, move))


@pytest.mark.parametrize("move", [(0.2, 0.12), (-0.2, -0.08)])
def test_pixels_far_from_the_opening_are_unchanged(move):
    opening = lid_contour()
    patch = np.random.default_rng(0).integers(0, 40, (HEIGHT, WIDTH, 3)).astype(np.uint8) + drawn_eye(opening) // 2
    turned = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.array(move))
    changed = (turned != patch).any(axis=2)
    assert changed.any()
    edge, side = int(0.05 * PATCH_SCALE), int(0.28 * PATCH_SCALE)
    assert not changed[:edge].any() and not changed[-edge:].any()
    assert not changed[:, :side].any() and not changed[:, -side:].any()


def test_no_displacement_leaves_the_eye_nearly_as_it_was():
    opening = lid_contour()
    patch = drawn_eye(opening)
    turned = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.zeros(2))
    x, y = np.moveaxis(frame_grid(), -1, 0)
    inside = (y < 0.14 * (1 - (2 * x) ** 2)) & (y > -0.20 * (1 - (2 * x) ** 2)) & (np.abs(x) < 0.5)
    difference = np.abs(turned.astype(float) - patch)
    assert difference[inside].mean() < 5
    assert difference[~inside].mean() < 0.5


def test_the_old_place_of_the_iris_becomes_sclera():
    opening = lid_contour()
    turned = rotate_eyeball(drawn_eye(opening), opening, IRIS, IRIS_RADIUS, np.array([0.2, 0.0]))
    column, row = np.round(frame_to_patch(IRIS - [0.12, -0.03], WIDTH, HEIGHT)).astype(int)
    old_place = turned[row - 2 : row + 3, column - 2 : column + 3].astype(float).mean((0, 1))
    assert old_place == pytest.approx(SCLERA, abs=14)


def upper_lid_height(patch):
    """Frame y, in the columns of the pupil's left, where skin turns into sclera."""
    column = int(frame_to_patch(np.array([-0.3, 0.0]), WIDTH, HEIGHT)[0])
    redness = patch[: HEIGHT // 2 + 5, column].astype(float)
    return int(np.argmax(redness[:, 0] - redness[:, 2] < 40))


def test_the_upper_lid_follows_the_gaze():
    opening = lid_contour()
    patch = drawn_eye(opening)
    down = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.array([0.0, 0.12]))
    up = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.array([0.0, -0.08]))
    assert upper_lid_height(down) >= upper_lid_height(patch) + 1
    assert upper_lid_height(up) <= upper_lid_height(patch) - 1


def test_a_reflection_moves_less_than_the_iris():
    opening = lid_contour()
    patch = drawn_eye(opening)
    column, row = np.round(frame_to_patch(IRIS, WIDTH, HEIGHT)).astype(int)
    patch[row - 1 : row + 1, column - 1 : column + 1] = 250
    move = 0.13
    turned = rotate_eyeball(patch, opening, IRIS, IRIS_RADIUS, np.array([move, 0.0]))
    middle = turned[row - 2 : row + 2].astype(float).mean(axis=(0, 2))
    center = column + move * PATCH_SCALE
    inside = np.arange(WIDTH)[int(center - 7) : int(center + 8)]
    moved = (inside[np.argmax(middle[inside])] - (column - 0.5)) / PATCH_SCALE
    assert 0.03 < moved < 0.11


@pytest.mark.parametrize(
    ("opening", "iris", "reason"),
    [
        (lid_contour(0.03, 0.03), IRIS, "too closed"),
        (lid_contour(0.20, 0.14), np.array([0.45, -0.05]), "iris is visible"),
    ],
)
def test_an_eye_that_shows_too_little_is_refused(opening, iris, reason):
    with pytest.raises(EyeballError, match=reason):
        rotate_eyeball(drawn_eye(opening, iris), opening, iris, IRIS_RADIUS, np.array([0.1, 0.0]))


def test_an_iris_that_cannot_be_told_from_the_sclera_is_refused():
    opening = lid_contour()
    blank = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    with pytest.raises(EyeballError, match="stand out"):
        rotate_eyeball(blank, opening, IRIS, IRIS_RADIUS, np.array([0.1, 0.0]))


def test_a_refusal_is_a_value_error():
    assert issubclass(EyeballError, ValueError)


def test_a_photo_keeps_its_skin_and_turns_its_eyes():
    image = astronaut()
    for eye in FaceLandmarker()(image)[0].eyes:
        frame = eye.frame
        patch = np.clip(crop(image, frame, WIDTH, HEIGHT) + 0.5, 0, 255).astype(np.uint8)
        opening = frame.to_frame(eye.opening)
        turned = rotate_eyeball(patch, opening, eye.offset, eye.iris_radius / frame.width, np.array([0.12, 0.0]))
        before, after = patch.astype(float).mean(2), turned.astype(float).mean(2)
        row = round(frame_to_patch(eye.offset, WIDTH, HEIGHT)[1])
        x = frame_grid()[row, :, 0]
        beside = np.abs(x - eye.offset[0]) < 0.3
        darkness = [np.clip(120 - values[row - 3 : row + 4].mean(0), 0, None)[beside] for values in (before, after)]
        centers = [float((x[beside] * d).sum() / d.sum()) for d in darkness]
        assert centers[1] > centers[0] + 0.04
        assert np.array_equal(patch[:5], turned[:5])


def test_sampled_displacements_span_real_gaze():
    rng = np.random.default_rng(1)
    offset, camera = np.array([0.02, -0.04]), np.array([-0.04, -0.06])
    moves = np.array([sample_displacement(rng, offset, camera) for _ in range(4000)])
    residual = offset + moves - camera
    assert np.hypot(*moves.T).min() >= 0.03
    assert residual.min(0) == pytest.approx([-0.22, -0.09], abs=0.02)
    assert residual.max(0) == pytest.approx([0.22, 0.13], abs=0.02)
    assert (np.abs(residual) < 0.04).all(1).mean() > 0.05
    assert (np.abs(residual[:, 1]) < 0.02).mean() > 0.2


def test_sampling_is_deterministic():
    draws = [sample_displacement(np.random.default_rng(7), np.zeros(2), np.zeros(2)) for _ in range(2)]
    assert np.array_equal(*draws)
