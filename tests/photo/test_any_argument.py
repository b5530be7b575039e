"""Whatever is handed to the public functions: a result, or a `ValueError` of one sentence."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gazehub import GazePipeline
from tests.files.fuzz_images import is_sentence

NUMBERS = st.one_of(st.floats(), st.integers(), st.booleans(), st.fractions(), st.decimals())
SCALARS = st.one_of(
    NUMBERS,
    st.none(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.floats(width=32).map(np.float32),
    st.integers(-200, 200).map(np.int16),
    st.complex_numbers(),
    st.just(object()),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=2),
        st.sets(st.integers(), max_size=3),
        st.lists(st.floats(), max_size=4).map(np.array),
    ),
    max_leaves=6,
)
SHARES = st.one_of(st.floats(-0.2, 1.2), ANYTHING)
DEGREES = st.one_of(st.floats(-60, 60), ANYTHING)
FACES = st.one_of(st.sampled_from(["all", "largest"]), st.lists(st.integers(-1, 3), max_size=3), ANYTHING)
EYES = st.one_of(st.sampled_from(["both", "left", "right"]), ANYTHING)
ALPHAS = st.one_of(st.lists(st.floats(-1e9, 1e9), max_size=3), ANYTHING)
PIXELS = st.one_of(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 4)).map(lambda shape: np.zeros(shape, np.uint8)),
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda size: Image.new("RGB", size)),
    st.tuples(st.integers(1, 40), st.sampled_from(["1", "L", "P", "LA", "CMYK", "F", "I;16", "HSV", "LAB"])).map(
        lambda kind: Image.new(kind[1], (kind[0], 9))
    ),
    ANYTHING,
)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def encoding(pipe, two_faces):
    return pipe.encode(two_faces)


def answers(call, *arguments, **named):
    """The result, or None if the arguments were refused as they should be."""
    try:
        return call(*arguments, **named)
    except ValueError as error:
        assert is_sentence(str(error)), str(error)


def is_picture(output, two_faces):
    return output is None or (output.pixels.shape == two_faces.shape and len(output.faces) == 2)


@MANY
@given(strength=SHARES, faces=FACES, eyes=EYES)
def test_correct(encoding, two_faces, strength, faces, eyes):
    assert is_picture(answers(encoding.correct, strength, faces, eyes), two_faces)


@MANY
@given(yaw=DEGREES, pitch=DEGREES, faces=FACES, eyes=EYES)
def test_redirect(encoding, two_faces, yaw, pitch, faces, eyes):
    assert is_picture(answers(encoding.redirect, yaw, pitch, faces, eyes), two_faces)


@MANY
@given(alphas=ALPHAS, faces=FACES, eyes=EYES)
def test_animate(encoding, two_faces, alphas, faces, eyes):
    frames = answers(encoding.animate, alphas, faces, eyes)
    assert frames is None or all(np.asarray(frame).shape == two_faces.shape for frame in frames)


@MANY
@given(image=PIXELS)
def test_images(pipe, image):
    assert not answers(pipe.inspect, image)


@MANY
@given(strength=SHARES, faces=FACES, look_away=SHARES)
def test_stream(pipe, two_faces, strength, faces, look_away):
    stream = answers(pipe.stream, strength, faces, look_away)
    assert stream is None or callable(stream)


@MANY
@given(source=ANYTHING.filter(lambda source: source is not None and "/" not in str(source)), threads=ANYTHING)
def test_loading(weights, source, threads):
    assert answers(GazePipeline.from_pretrained, source) is None
    pipeline = answers(GazePipeline.from_pretrained, weights, threads=threads)
    assert pipeline is None or threads is None or threads >= 1
