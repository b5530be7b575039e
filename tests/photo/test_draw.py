"""What is drawn into a portrait, and what is not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gazehub.draw import paste
from tests.drawn import (
    BALL,
    FILL,
    LAMPS,
    SKIN,
    constant_fields,
    eye_frame,
    patch_points,
    pattern,
    pattern_portrait,
    random_fields,
)

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
    paste(pasted, frame, constant_fields(fill=(1.0, 0.0, 0.5), ball=(0.1, 0.1), lamps=(0.1, 0.1)))
    assert np.array_equal(pasted, portrait)


@settings(max_examples=60, deadline=None)
@given(frames, st.integers(0, 9))
def test_no_field_changes_a_pixel_outside_the_mask(frame, seed):
    portrait = noise(seed)
    pasted = portrait.copy()
    paste(pasted, frame, random_fields(seed))
    outside = radius(frame, *portrait.shape[:2]) > 1 + 1e-6
    assert np.array_equal(pasted[outside], portrait[outside])


@settings(max_examples=30, deadline=None)
@given(st.floats(12, 200), st.floats(-180, 180), st.booleans())
def test_fill_reaches_every_pixel_where_the_mask_is_one(width, roll, mirrored):
    size = int(2 * width) + 3
    frame = eye_frame(width, roll, (size / 2, size / 2), mirrored)
    pasted = noise(3, size, size)
    paste(pasted, frame, constant_fields(weights=FILL, fill=(1.0, 0.2, 0.0)))
    inside = radius(frame, size, size) < 0.78 - 1e-6
    assert inside.sum() > 0.9 * width**2 * 0.8
    assert np.array_equal(np.unique(pasted[inside], axis=0), [[255, 51, 0]])


@settings(max_examples=30, deadline=None)
@given(
    st.floats(20, 250),
    st.floats(-180, 180),
    st.booleans(),
    st.tuples(st.floats(-0.2, 0.2), st.floats(-0.12, 0.12)),
    st.sampled_from([("ball", BALL), ("skin", SKIN), ("lamps", LAMPS)]),
)
def test_a_flow_carries_texture_along_the_axes_of_the_eye(width, roll, mirrored, flow, layer):
    size = int(2.6 * width) + 6
    frame = eye_frame(width, roll, (size / 2 - 0.3, size / 2 + 0.2), mirrored)
    portrait, points = pattern_portrait(frame, size, size)
    name, weights = layer
    paste(portrait, frame, constant_fields(**{name: flow}, weights=weights))
    inside = radius(frame, size, size) < 0.77
    assert np.abs(portrait.astype(float) - pattern(points + np.array(flow)))[inside].max() < 3


def test_a_layer_shows_where_it_has_weight():
    """A lamp's reflection moves in a part of the eye, whatever flow the layers without weight there have."""
    frame = eye_frame(120, 0, (150, 100))
    portrait, points = pattern_portrait(frame, 200, 300)
    fields = constant_fields(ball=(0.3, 0.3), lamps=(0.08, -0.04))
    lit = np.hypot(*np.moveaxis(patch_points() - [0.1, 0.0], -1, 0)) < 0.15
    fields[7, lit], fields[8, lit] = 0, 1
    pasted = portrait.copy()
    paste(pasted, frame, fields)
    distance = np.hypot(*np.moveaxis(points - [0.1, 0.0], -1, 0))
    assert np.array_equal(pasted[distance > 0.18], portrait[distance > 0.18])
    inside = distance < 0.12
    assert np.abs(pasted[inside] - pattern(points[inside] + [0.08, -0.04])).max() < 3
    assert np.abs(pasted[inside].astype(int) - portrait[inside]).max() > 5


def test_amount_scales_the_change():
    frame = eye_frame(60, 10, (100, 75))
    fields = constant_fields(weights=FILL, fill=(1.0, 1.0, 1.0))
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
        paste(pasted, eye_frame(60, 30, center), random_fields(1))
        assert np.array_equal(pasted, portrait)
