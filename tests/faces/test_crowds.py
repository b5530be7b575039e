"""Many small faces in one picture."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from gazehub.faces.search import PICTURE_SIDE
from tests.conftest import SAMPLES


def crowd(size, columns=10, rows=5):
    """Fifty heads of two people, mirrored or not, each in a square of `size` pixels."""
    woman = Image.fromarray(data.astronaut()).crop((110, 0, 350, 240))
    man = Image.open(SAMPLES / "grace_hopper.jpg").convert("RGB").crop((60, 20, 460, 420))
    heads = [head.resize((size, size), Image.Resampling.LANCZOS) for head in (woman, man)]
    heads += [head.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for head in heads]
    picture = Image.new("RGB", (columns * size, rows * size))
    for number in range(columns * rows):
        picture.paste(heads[number % 7 % 4], (number % columns * size, number // columns * size))
    return np.asarray(picture)


@pytest.mark.parametrize("size", [150, 400])
def test_fifty_faces_are_found_where_they_are(landmarker, size):
    faces = landmarker(crowd(size))
    cells = {(int(face.eyes[0].iris[0] // size), int(face.eyes[0].iris[1] // size)) for face in faces}
    assert len(faces) == len(cells) == 50
    widths = [eye.frame.width for face in faces for eye in face.eyes]
    assert max(widths) < 1.6 * min(widths)


def test_all_of_them_are_corrected(pipe):
    picture = crowd(150)
    output = pipe.correct(picture)
    assert len(output.faces) == 50 and sum(face.skipped is None for face in output.faces) >= 45


def test_beside_a_prominent_face_nothing_is_searched_twice(landmarker, one_face):
    large = np.asarray(Image.fromarray(one_face).resize((1500, 1500)))
    assert [face.box for face in landmarker(large)] == [face.box for face in landmarker.near(large)]


@pytest.mark.parametrize(
    "name", ["brick", "grass", "gravel", "coins", "page", "clock", "text", "moon", "hubble_deep_field"]
)
def test_no_face_is_seen_where_there_is_none(landmarker, name):
    try:
        texture = getattr(data, name)()
    except (OSError, ModuleNotFoundError):  # not all come with the package
        pytest.skip("not here")
    picture = np.asarray(Image.fromarray(texture).convert("RGB").resize((3 * PICTURE_SIDE, 2 * PICTURE_SIDE)))
    assert landmarker(picture) == []
