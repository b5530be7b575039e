import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gazehub.eye_frame import PATCH_SCALE
from gazehub.model.fields import apply_fields, blend, carry, own_colors, paste
from tests.drawn import constant_fields, eye_frame, patch_points, pattern, pattern_portrait, random_fields

frames = st.builds(
    eye_frame,
    width=st.floats(8, 300),
    roll=st.floats(-180, 180),
    center=st.tuples(st.floats(-20, 220), st.floats(-20, 170)),
    mirrored=st.booleans(),
)


def radius(frame, height, width):
    """(H, W) radius of the mask's superellipse, 1 at its edge, from its definition."""
    x, y = np.moveaxis(pattern_portrait(frame, height, width)[1], -1, 0)
    return ((x / 0.80) ** 4 + ((y + 0.03) / 0.46) ** 4) ** 0.25


def noise(seed, height=150, width=200):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@settings(max_examples=60, deadline=None)
@given(frames, st.integers(0, 9))
def test_pasting_an_untouched_eye_changes_nothing(frame, seed):
    portrait = noise(seed)
    pasted = portrait.copy()
    paste(pasted, frame, constant_fields(torch, fill=(1.0, 0.0, 0.5), ball=(0.1, 0.1)))
    assert np.array_equal(pasted, portrait)


@settings(max_examples=60, deadline=None)
@given(frames, st.integers(0, 9))
def test_no_field_changes_a_pixel_outside_the_mask(frame, seed):
    portrait = noise(seed)
    pasted = portrait.copy()
    paste(pasted, frame, random_fields(torch, seed))
    outside = radius(frame, *portrait.shape[:2]) > 1 + 1e-6
    assert np.array_equal(pasted[outside], portrait[outside])


@settings(max_examples=30, deadline=None)
@given(st.floats(12, 200), st.floats(-180, 180), st.booleans())
def test_fill_reaches_every_pixel_where_the_mask_is_one(width, roll, mirrored):
    size = int(2 * width) + 3
    frame = eye_frame(width, roll, (size / 2, size / 2), mirrored)
    pasted = noise(3, size, size)
    paste(pasted, frame, constant_fields(torch, weights=(0.0, 0.0, 1.0), fill=(1.0, 0.2, 0.0)))
    inside = radius(frame, size, size) < 0.78 - 1e-6
    assert inside.sum() > 0.9 * width**2 * 0.8
    assert np.array_equal(np.unique(pasted[inside], axis=0), [[255, 51, 0]])


@settings(max_examples=30, deadline=None)
@given(
    st.floats(20, 250),
    st.floats(-180, 180),
    st.booleans(),
    st.tuples(st.floats(-0.2, 0.2), st.floats(-0.12, 0.12)),
    st.booleans(),
)
def test_a_flow_carries_texture_along_the_axes_of_the_eye(width, roll, mirrored, flow, as_ball):
    size = int(2.6 * width) + 6
    frame = eye_frame(width, roll, (size / 2 - 0.3, size / 2 + 0.2), mirrored)
    portrait, points = pattern_portrait(frame, size, size)
    fields = (
        constant_fields(torch, ball=flow, weights=(1.0, 0.0, 0.0)) if as_ball else constant_fields(torch, skin=flow)
    )
    paste(portrait, frame, fields)
    inside = radius(frame, size, size) < 0.77
    assert np.abs(portrait.astype(float) - pattern(points + np.array(flow)))[inside].max() < 3


def test_amount_scales_the_change():
    frame = eye_frame(60, 10, (100, 75))
    fields = constant_fields(torch, weights=(0.0, 0.0, 1.0), fill=(1.0, 1.0, 1.0))
    results = {}
    for amount in (0.0, 0.5, 1.0):
        results[amount] = np.full((150, 200, 3), 55, np.uint8)
        paste(results[amount], frame, fields, amount)
    assert (results[0.0] == 55).all()
    assert results[0.5][75, 100].tolist() == [155] * 3 and results[1.0][75, 100].tolist() == [255] * 3


def test_an_eye_outside_the_picture_is_left_alone():
    portrait = noise(5)
    for center in [(-300, 40), (900, 40), (50, -200), (50, 1000)]:
        pasted = portrait.copy()
        paste(pasted, eye_frame(60, 30, center), random_fields(torch, 1))
        assert np.array_equal(pasted, portrait)


def test_carry_shifts_by_the_flow():
    ramp = torch.arange(96.0).expand(1, 3, 64, 96)
    flow = torch.zeros(1, 2, 64, 96)
    flow[:, 0] = 5 / PATCH_SCALE
    moved = carry(ramp, flow)
    assert torch.allclose(moved[..., :90], ramp[..., :90] + 5, atol=1e-3)
    assert torch.allclose(moved[..., 91:], torch.tensor(95.0), atol=1e-3)  # the edge repeats


def test_blend_sums_the_layers_by_their_weights():
    layers = [torch.full((1, 3, 2, 2), value) for value in (1.0, 10.0, 100.0)]
    weights = torch.tensor([0.5, 0.25, 0.25]).view(1, 3, 1, 1)
    assert torch.equal(blend(layers[0], layers[1], weights, layers[2]), torch.full((1, 3, 2, 2), 28.0))


def test_patch_and_portrait_agree():
    """Training sees what use will show: at the patch's own scale, both ways of applying fields give one picture."""
    frame = eye_frame(PATCH_SCALE, 0, (47.5 + 20, 31.5 + 20))
    portrait, _ = pattern_portrait(frame, 104, 136)
    patch = torch.from_numpy(portrait[20:84, 20:116].copy()).permute(2, 0, 1)[None] / 255
    y, x = patch_points()[..., 1], patch_points()[..., 0]
    smooth = torch.from_numpy(np.stack([0.08 * np.sin(3 * x), 0.06 * np.cos(4 * y)])).float()[None]
    fields = constant_fields(torch, weights=(0.5, 0.3, 0.2), fill=(0.9, 0.4, 0.1))
    fields.ball, fields.skin = smooth, -smooth
    expected = apply_fields(patch, fields)[0].permute(1, 2, 0).numpy() * 255
    paste(portrait, frame, fields)
    assert np.abs(portrait[20:84, 20:116] - expected).max() < 1.5
    assert np.abs(expected - patch[0].permute(1, 2, 0).numpy() * 255).max() > 20


def test_apply_fields_keeps_what_the_mask_does_not_cover():
    patch = torch.rand(1, 3, 64, 96)
    fields = random_fields(torch, 4)
    changed = apply_fields(patch, fields)
    x, y = np.moveaxis(patch_points(), -1, 0)
    outside = torch.from_numpy((x / 0.80) ** 4 + ((y + 0.03) / 0.46) ** 4 > 1 + 1e-6)
    assert torch.equal(changed[..., outside], patch[..., outside])
    assert (changed - patch).abs().max() > 0.5


def test_the_fill_takes_no_tint_that_the_eye_does_not_have():
    patch, fill = torch.rand(2, 3, 64, 96), torch.rand(2, 3, 64, 96)
    patch[1] = patch[1].mean(0)  # black and white
    patch[0] = 0.5 + 0.1 * (patch[0] - 0.5)
    kept = own_colors(fill, patch)
    off, shown = kept[0] - fill[0].mean(0), patch[0] - patch[0].mean(0)
    assert (off.amax((1, 2)) <= shown.amax((1, 2)) + 1e-6).all()
    assert (off.amin((1, 2)) >= shown.amin((1, 2)) - 1e-6).all()
    assert off.abs().amax() > 0.01
    assert torch.allclose(kept[1], fill[1].mean(0).expand(3, -1, -1), atol=1e-6)
    assert torch.allclose(own_colors(patch, patch), patch, atol=1e-6)  # its own colours stay
