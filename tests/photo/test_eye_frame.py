import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazehub.eye_frame import (
    PATCH_HEIGHT,
    PATCH_SCALE,
    PATCH_WIDTH,
    EyeFrame,
    crop,
    frame_to_patch,
    patch_grid,
    patch_to_frame,
    soft_mask,
)
from tests.drawn import eye_frame, patch_points, pattern, pattern_portrait

frames = st.builds(
    eye_frame,
    width=st.floats(8, 900),
    roll=st.floats(-180, 180),
    center=st.tuples(st.floats(-50, 400), st.floats(-50, 400)),
    mirrored=st.booleans(),
)


@given(frames, st.floats(-1, 1), st.floats(-1, 1))
def test_frame_to_portrait_and_back(frame, x, y):
    assert np.allclose(frame.to_frame(frame.to_portrait([x, y])), [x, y], atol=1e-9)
    assert np.allclose(frame_to_patch(patch_to_frame([x, y])), [x, y], atol=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_corners_and_axes(mirrored):
    outer, inner = ([100, 50], [160, 50]) if not mirrored else ([160, 50], [100, 50])
    frame = EyeFrame.from_corners(outer, inner, mirrored)
    assert frame.to_frame(outer) == pytest.approx([-0.5, 0])
    assert frame.to_frame(inner) == pytest.approx([0.5, 0])
    assert frame.to_portrait([0, 0.5]) == pytest.approx([130, 80])  # down is down in either eye
    assert frame.width == 60


def test_patch_pixels_and_grid_agree():
    assert np.allclose(patch_grid(PATCH_WIDTH, PATCH_HEIGHT).transpose(1, 2, 0), patch_points(), atol=1e-6)
    coarse = patch_grid(48, 32).transpose(1, 2, 0)
    assert np.allclose(coarse[0, 0], patch_points()[:3, :3].mean((0, 1)), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(frame=frames, slope=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)))
def test_crop_of_a_linear_gradient_is_exact_at_any_size(frame, slope):
    corners = frame.to_portrait(patch_points()[[0, 0, -1, -1], [0, -1, 0, -1]])
    reach = 3 * frame.width / PATCH_SCALE + 4  # inside the picture with room for the averaged blocks
    frame = EyeFrame(frame.center - corners.min(0) + reach, frame.matrix)
    width, height = (np.ceil(np.ptp(corners, axis=0) + 2 * reach)).astype(int)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    image = np.repeat((x * slope[0] + y * slope[1] + 100)[..., None], 3, axis=2).astype(np.float32)
    expected = frame.to_portrait(patch_points()) @ slope + 100
    # OpenCV rounds positions to 1/32 of a sampled pixel.
    assert np.abs(crop(image, frame)[..., 0] - expected).max() <= 0.3 * (1 + frame.width / PATCH_SCALE) / 16 + 1e-2


@settings(max_examples=30, deadline=None)
@given(st.floats(25, 400), st.floats(-180, 180), st.booleans(), st.floats(-0.5, 0.5))
def test_the_patch_does_not_depend_on_scale_roll_or_side(width, roll, mirrored, shift):
    size = int(width * 3) + 4
    frame = eye_frame(width, roll, (size / 2 + shift, size / 2 - shift), mirrored)
    portrait, _ = pattern_portrait(frame, size, size)
    assert np.abs(crop(portrait, frame) - pattern(patch_points())).max() < 3.5


def test_a_large_eye_is_averaged_not_aliased():
    frame = eye_frame(width=8 * PATCH_SCALE, center=(700, 500))
    noise = np.random.default_rng(0).integers(0, 2, (1000, 1400, 3)).astype(np.uint8) * 255
    assert crop(noise, frame).std() < 25  # of 8 x 8 pixels; a sampled pixel has 127


def test_edge_pixels_repeat_past_the_border():
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 0] = 200
    patch = crop(image, eye_frame(width=40, center=(-20, 50)))
    assert (patch[:, :90] == 200).all()


@pytest.mark.parametrize("center", [(0, 0), (99, 99), (-500, 40), (40, 900)])
@pytest.mark.parametrize("width", [9, 60, 700])
def test_crop_anywhere_is_finite(center, width):
    image = np.random.default_rng(1).integers(0, 255, (100, 100, 3), np.uint8)
    patch = crop(image, eye_frame(width, 20, center))
    assert patch.shape == (96, 144, 3) and patch.dtype == np.float32
    assert patch.min() >= 0 and patch.max() <= 255


def test_soft_mask_is_one_inside_zero_outside_and_monotone():
    x = np.linspace(0, 1, 200, dtype=np.float32)
    row = soft_mask(x, np.full_like(x, -0.03))
    assert row[0] == 1 and (row[x < 0.62] == 1).all() and (row[x >= 0.8] == 0).all()
    assert (np.diff(row) <= 0).all() and 0.4 < row[np.abs(x - 0.712).argmin()] < 0.6
    border = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT))
    assert not border[[0, -1]].any() and not border[:, [0, -1]].any()
