import numpy as np
import pytest

from train.corpus.canvas import Canvas
from train.corpus.lids import LASHES, LEVEL, LID_REACH, lids_of, moved_lids, warp_skin

CANVAS = Canvas.of(120, 168, 80.0)
MIDDLE = CANVAS.width // 2
STRAIGHT = np.array([0.0, LEVEL])


def lids(upper=0.2, lower=0.12):
    x = np.linspace(-0.5, 0.5, 9)
    arc = 1 - (2 * x) ** 2
    contour = np.vstack([np.stack([x, lower * arc], 1), np.stack([x, -upper * arc], 1)[-2:0:-1]])
    return lids_of(contour.astype(np.float32), CANVAS)


def test_the_lids_are_where_the_contour_has_them():
    assert lids()[:, MIDDLE] == pytest.approx([-0.2, 0.12], abs=0.01)
    assert lids()[:, 4] == pytest.approx([0, 0], abs=0.02)


@pytest.mark.parametrize("rise", [-0.08, 0.05, 0.1])
def test_the_upper_lid_follows_further_than_the_lower(rise):
    upper, lower = (moved_lids(lids(), CANVAS, STRAIGHT, np.array([0.0, rise])) - lids())[:, MIDDLE]
    assert 0.5 < upper / rise < 0.85
    assert 0.2 < lower / rise < upper / rise


def test_lids_there_and_back_are_where_they_were():
    there = np.array([0.1, 0.08])
    moved = moved_lids(lids(), CANVAS, STRAIGHT, there)
    assert moved_lids(moved, CANVAS, STRAIGHT + there, -there) == pytest.approx(lids(), abs=0.004)


def test_the_highest_point_goes_along_with_the_iris():
    inward, outward = (moved_lids(lids(), CANVAS, STRAIGHT, np.array([move, 0.0]))[0] for move in (0.2, -0.2))
    assert CANVAS.x[0, inward.argmin()] > CANVAS.x[0, outward.argmin()]


def test_the_opening_never_shuts():
    upper, lower = moved_lids(lids(0.06, 0.06), CANVAS, STRAIGHT, np.array([0.0, 0.3]), follow=2.0)
    assert (lower - upper)[MIDDLE] > 0.03


def test_a_lid_carries_its_lashes_and_leaves_the_brow():
    before = lids()
    after = moved_lids(before, CANVAS, STRAIGHT, np.array([0.0, 0.1]))
    heights = np.repeat(CANVAS.y[..., None], 3, axis=2)
    source = warp_skin(heights, before, after, CANVAS)[:, MIDDLE, 0]
    rows = CANVAS.y[:, MIDDLE]
    moved = rows - source
    lashes = (rows < after[0, MIDDLE]) & (rows > after[0, MIDDLE] - 0.9 * LASHES)
    assert moved[lashes] == pytest.approx((after - before)[0, MIDDLE], abs=0.005)
    assert np.array_equal(source[rows < after[0, MIDDLE] - LID_REACH], rows[rows < after[0, MIDDLE] - LID_REACH])
    assert (np.diff(source) > 0).all()  # the skin is not torn or turned over
