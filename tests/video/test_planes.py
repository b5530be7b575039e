"""Colour planes: a change in RGB arrives in them, and nothing else does."""

import av
import numpy as np
import pytest

from gazehub.video.planes import Colours, repaint
from tests.video.rewriting import LOSSLESS, pictures
from tests.videos import make_video

FULL_601 = Colours(matrix=6, range=2, primaries=2, transfer=2, height=480)


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("span", [1, 2])
def test_a_change_in_rgb_arrives_in_the_planes(tmp_path, matrix, span):
    """What is read again after the change is what was asked for: both ways use one matrix and one range."""
    before = np.full((1, 48, 64, 3), (170, 120, 90), np.uint8)
    source = make_video(tmp_path / "in.mkv", before, (0,), tags=(matrix, span, 2, 2), **LOSSLESS)
    wanted = np.array([60, 110, 150])

    def paint(picture, seconds):
        picture = picture.copy()
        picture[16:32, 16:32] = wanted
        return picture

    (picture,) = pictures(source)
    colours = Colours(matrix, span, 2, 2, 48)
    painted = repaint(picture.planes, picture.rgb, paint(picture.rgb, 0), colours)
    again = av.VideoFrame(64, 48, "yuv420p")
    for plane, pixels in zip(again.planes, painted):
        room = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        room[: pixels.shape[0], : pixels.shape[1]] = pixels
    space = {6: 5}.get(matrix, matrix)
    rgb = again.reformat(format="rgb24", src_colorspace=space, src_color_range=span).to_ndarray().astype(int)
    assert np.abs(rgb[16:32, 16:32] - wanted).max() <= 3
    assert np.array_equal(rgb[:16], picture.rgb[:16])


def test_white_is_white_in_both_ranges(tmp_path):
    white = np.full((1, 48, 64, 3), 255, np.uint8)
    for span, name in ((1, "limited.mkv"), (2, "full.mkv")):
        (picture,) = pictures(make_video(tmp_path / name, white, (0,), tags=(1, span, 2, 2), **LOSSLESS))
        brightness = picture.planes[0][0, 0]
        expected = brightness if span == 2 else (int(brightness) - 16) * 255 / 219
        assert picture.rgb[0, 0] == pytest.approx([expected] * 3, abs=1)


@pytest.mark.parametrize("size", [(48, 64), (47, 63), (17, 16)])
def test_planes_stay_bit_for_bit_where_rgb_does(size):
    random = np.random.default_rng(1)
    height, width = size
    half = (height + 1) // 2, (width + 1) // 2
    own = tuple(random.integers(0, 256, shape, np.uint8) for shape in (size, half, half))
    before = random.integers(0, 256, (*size, 3), np.uint8)
    after = before.copy()
    after[5:10, 3:] = 255 - after[5:10, 3:]
    after[height - 1, width - 1] ^= 128

    new = repaint(own, before, after, FULL_601)

    touched = (before != after).any(axis=-1)
    assert np.array_equal(new[0][~touched], own[0][~touched])
    blocks = np.zeros((2 * half[0], 2 * half[1]), bool)
    blocks[:height, :width] = touched
    blocks = blocks.reshape(half[0], 2, half[1], 2).any(axis=(1, 3))
    for old, plane in zip(own[1:], new[1:]):
        assert np.array_equal(plane[~blocks], old[~blocks])
    gray = after.astype(float) @ [0.299, 0.587, 0.114] - before.astype(float) @ [0.299, 0.587, 0.114]
    expected = np.clip(own[0] + gray, 0, 255)
    assert np.abs(new[0] - expected).max() <= 0.51
    assert repaint(own, before, before.copy(), FULL_601) is own
