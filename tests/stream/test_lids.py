from dataclasses import replace

import numpy as np
import pytest

from gazehub.stream.lids import keep_lids
from gazehub.stream.memory import Memory


def test_outside_the_lids_pixels_come_back(trained, looking):
    before, drawn = looking[18], np.asarray(trained.correct(looking[18]).image).copy()
    eye, whole = trained.landmarker(before)[0].eyes[0], drawn.copy()
    keep_lids(before, drawn, eye, 0.0)
    assert (drawn == whole).all()
    keep_lids(before, drawn, eye, 1.0)
    x, y = np.rint(eye.frame.to_portrait(np.zeros(2))).astype(int)
    lid = np.rint(eye.frame.to_portrait(np.array([0.0, -0.4]))).astype(int)[1]
    box = np.s_[lid - 2 : lid + 2, x - 8 : x + 8]
    assert (whole[box] != before[box]).any() and (drawn[box] == before[box]).all()
    near = np.s_[y - 2 : y + 3, x - 4 : x + 5]
    assert np.abs(drawn[near].astype(int) - whole[near]).mean() < 2


@pytest.mark.parametrize("opened, blinks", [([0.3, 0.29, 0.28, 0.27], False), ([0.3, 0.3, 0.2, 0.12], True)])
def test_lids_that_move_fast_blink(trained, hopper, opened, blinks):
    face = trained.landmarker(hopper)[0]
    memory = Memory.first(hopper, with_openness(face, opened[0]))
    shares = []
    for openness in opened[1:]:
        memory = memory.follow(hopper, with_openness(face, openness), 1 / 30)
        shares.append(memory.closing)
    assert shares[0] == 0 and (max(shares) > 0.9) is blinks and (max(shares) > 0) is blinks


def with_openness(face, openness):
    """The face with its lids apart by so many eye widths."""
    eyes = []
    for eye in face.eyes:
        inside = eye.frame.to_frame(eye.opening)
        scale = np.ones((16, 1))
        scale[[*range(1, 8), *range(9, 16)]] = openness / eye.openness
        opening = eye.frame.to_portrait(inside * np.hstack([np.ones((16, 1)), scale]))
        eyes.append(replace(eye, opening=opening))
    return replace(face, eyes=tuple(eyes))
