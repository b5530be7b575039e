import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from gazehub.faces.mediapipe_package import MediaPipeLandmarker
from tests.faces.samples import difference, digest, pictures, points

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())
PICTURES = pictures()
SAME_PIXELS, OTHER_PIXELS = 0.001, 0.03  # eye widths; a library that decodes or rolls otherwise shifts landmarks


def test_the_reference_is_of_these_pictures():
    assert list(REFERENCE) == list(PICTURES)
    assert [len(picture["faces"]) for picture in REFERENCE.values()] == [1] * 6 + [2]


@pytest.mark.parametrize("name", PICTURES)
def test_landmarks_are_those_of_mediapipe(landmarker, name):
    limit = SAME_PIXELS if digest(PICTURES[name]) == REFERENCE[name]["sha256"] else OTHER_PIXELS
    found = [points(face) for face in landmarker(PICTURES[name])]
    assert len(found) == len(REFERENCE[name]["faces"])
    for face, expected in zip(found, REFERENCE[name]["faces"]):
        assert difference(face, np.array(expected)) < limit


@pytest.mark.skipif(find_spec("mediapipe") is None, reason="needs gazehub[mediapipe]")
def test_the_package_finds_the_same(landmarker):
    package = MediaPipeLandmarker()
    for picture in PICTURES.values():
        expected = [points(face) for face in package(picture)]
        found = [points(face) for face in landmarker(picture)]
        assert len(found) == len(expected) > 0
        assert max(difference(a, b) for a, b in zip(found, expected)) < SAME_PIXELS


@pytest.mark.skipif(find_spec("mediapipe") is not None, reason="mediapipe is here")
def test_without_the_package_one_sentence_says_how_to_get_it():
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'gazehub\[mediapipe\]'"):
        MediaPipeLandmarker()
