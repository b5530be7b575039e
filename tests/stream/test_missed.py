from dataclasses import replace

import numpy as np
import pytest

from gazehub.gaze import angle_code_to_residual, face_residual, to_canonical
from gazehub.stream.missed import BIAS_LIMIT, GAIN_LIMIT, Missed


def looking_at(coefficients, face, residual):
    """The face with irises so that its residual is the (2,) one."""
    motion = residual - face_residual(coefficients, face)
    eyes = [
        replace(eye, iris=eye.frame.to_portrait(eye.offset + to_canonical(motion, eye.mirrored))) for eye in face.eyes
    ]
    return replace(face, eyes=tuple(eyes))


@pytest.mark.parametrize("bias, gain", [((0.02, -0.03), (0.0, 0.0)), ((0.0, 0.0), (0.12, -0.2)), ((9, 9), (0, 0))])
def test_what_drawn_eyes_miss_is_made_up_for(trained, hopper, bias, gain):
    """A share of each motion, or always the same: each is learnt as what it is, and neither without end."""
    face, coefficients = trained.landmarker(hopper)[0], trained.camera_coefficients
    learnt = Missed()
    for look in range(150):
        motion = np.array([[0.2, 0.08], [-0.15, -0.1], [0.05, 0.1]][look // 5 % 3])
        gaze = (1 + learnt.gain) * motion + learnt.bias
        assert learnt.as_seen(gaze) == pytest.approx(motion)
        missed = bias + gain * motion - (gaze - motion)
        drawn = looking_at(coefficients, face, angle_code_to_residual(missed))
        learnt = learnt.look_back(coefficients, drawn, gaze, np.zeros(2), 0.08)
    if max(bias) > 1:
        assert learnt.bias == pytest.approx(BIAS_LIMIT) and np.abs(learnt.gain).max() <= GAIN_LIMIT
    else:
        assert learnt.bias == pytest.approx(bias, abs=0.004) and learnt.gain == pytest.approx(gain, abs=0.03)
