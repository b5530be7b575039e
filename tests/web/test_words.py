"""What the page says about faces."""

from dataclasses import replace

import pytest

from gazehub.face_report import FaceReport
from gazehub.web import words

FACE = FaceReport((0, 0, 9, 9), (0.1, 0.0), (0.0, 0.0), (17.0, -4.2), (0.4, 1.0), 0.3, 5.0, 0.0, 0.0, None)


@pytest.mark.parametrize(
    "degrees, expected",
    [
        ((0.4, -2.9), "into the camera"),
        ((17.2, 0.3), "17° to the picture's right"),
        ((-5.0, 8.1), "5° to the picture's left, 8° up"),
        ((0.2, -12.0), "12° down"),
        (None, "unknown"),
    ],
)
def test_directions(degrees, expected):
    assert words.direction(degrees) == expected


def test_a_face_that_was_changed():
    assert words.warnings([FACE]) == []
    assert words.in_short(FACE) == "17° to the picture's right, 4° down → into the camera"
    assert "only in part" in words.in_short(replace(FACE, yaw=39.0))


def test_every_reason_has_words():
    for reason, sentence in words.REASONS.items():
        face = replace(FACE, skipped=reason, offset_before=None, degrees_before=None)
        assert words.in_short(face) == sentence
    closed, other = replace(FACE, skipped="eyes closed"), replace(FACE, skipped="not selected")
    assert words.warnings([closed]) == ["The eyes are closed, so they were left alone."]
    assert words.warnings([FACE, closed, other]) == ["Face 2: the eyes are closed, so they were left alone."]
