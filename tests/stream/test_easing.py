import numpy as np
import pytest

from gazehub.stream.easing import DEAD_BAND, ease, ease_target
from gazehub.stream.glances import FARTHEST, Glances
from gazehub.stream.wish import Wish, eased_presence

STRAIGHT, ASIDE = np.zeros(2), np.array([0.15, 0.02])


def followed(step, start, rate, seconds=0.4):
    for _ in range(round(rate * seconds)):
        start = step(start, 1 / rate)
    return start


def test_easing_takes_the_same_time_at_any_frame_rate():
    at = [followed(lambda value, passed: ease(value, 1.0, passed, 0.2), 0.0, rate) for rate in (15, 60)]
    assert at[0] == pytest.approx(at[1], abs=1e-9)
    targets = [followed(lambda value, passed: ease_target(value, ASIDE, passed), STRAIGHT, rate) for rate in (15, 60)]
    np.testing.assert_allclose(targets[0], targets[1], atol=0.003)
    assert np.hypot(*(ASIDE - targets[0])) < 0.01


def test_a_target_that_trembles_stays():
    assert (ease_target(STRAIGHT, np.array([0.7 * DEAD_BAND, 0.0]), 0.1) == STRAIGHT).all()
    assert (
        np.hypot(*ease_target(STRAIGHT, np.array([1.01 * DEAD_BAND, 0.0]), 0.1)) < 0.0001
    )  # and leaves without a jump


def wishes(gazes, reach=1.0, start=None, rate=30):
    wish, each = start or Wish.first(gazes[0], 1.0), []
    for gaze in gazes:
        wish = wish.follow(gaze, reach, 1 / rate, 0.0)
        wish = wish.asked(wish.reach * gaze, 1 / rate)
        each.append(wish)
    return each


def test_eyes_that_leave_the_lens_are_redrawn_at_once_and_let_go_slowly():
    needs = [wish.need for wish in wishes([STRAIGHT] * 3 + [ASIDE] * 3 + [STRAIGHT] * 15)]
    assert needs[:3] == [0, 0, 0] and needs[3:6] == [1, 1, 1]
    assert 0.7 < needs[6] < 0.95 and needs[-1] < 0.1 and np.all(np.diff(needs[6:]) < 0)


def test_a_head_that_turns_away_lets_go_smoothly():
    steady = wishes([ASIDE] * 3)[-1]
    turned = [wish.reach for wish in wishes([ASIDE] * 20, reach=0.0, start=steady)]
    assert np.abs(np.diff([1.0, *turned])).max() < 0.35 and turned[-1] == 0


def test_hidden_eyes_are_let_go_fast_and_taken_up_again_smoothly():
    presence = [1.0]
    for usable in [False] * 6 + [True] * 20:
        presence.append(eased_presence(presence[-1], usable, 1 / 30, at_once=False))
    hidden, taken = presence[1:7], presence[6:]
    assert hidden[1] < 0.2 and hidden[-1] == 0
    assert np.diff(taken).max() < 0.35 and taken[-1] == 1


def glances(share, times=4):
    glance, shown = Glances(STRAIGHT), []
    for _ in range(times):
        for gaze in [STRAIGHT] * 20 + [ASIDE] * 12 + [STRAIGHT] * 10:
            glance = glance.follow(gaze, 1 / 30, share)
            shown.append(np.hypot(*glance.shown))
    return np.array(shown).reshape(times, -1).max(axis=1)


def test_a_share_of_the_glances_is_let_through():
    assert (glances(0.0) == 0).all()
    assert (glances(1.0) > 0.8 * FARTHEST).all() and glances(1.0).max() <= FARTHEST
    assert sum(glances(0.5) > 0) == 2


def test_who_looks_aside_for_long_no_longer_glances():
    glance = Glances(STRAIGHT)
    for _ in range(90):
        glance = glance.follow(ASIDE, 1 / 30, 1.0)
    assert (glance.shown == 0).all() and glance.age is None
