import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from gazehub.files.provenance import CREATOR_TOOL, read_mark
from gazehub.video.clips import write_clip


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.jpeg", "a.webp", "a.tif", "a.TIFF", "a.gif"])
def test_every_picture_says_that_it_was_edited(tmp_path, one_face, name):
    save_picture(Image.fromarray(one_face), tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert read_mark(image) == CREATOR_TOOL


def test_a_mark_changes_no_pixel(tmp_path, one_face):
    save_picture(Image.fromarray(one_face), tmp_path / "a.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), one_face)


def test_clips_are_marked(tmp_path, one_face):
    frames = [Image.fromarray(one_face), Image.fromarray(255 - one_face)]
    write_clip(frames, tmp_path / "a.gif", 10)
    write_clip(frames, tmp_path / "frames", 10)
    with Image.open(tmp_path / "a.gif") as clip, Image.open(tmp_path / "frames" / "frame_0001.png") as frame:
        assert read_mark(clip) == read_mark(frame) == CREATOR_TOOL


def test_other_pictures_have_no_mark(tmp_path, one_face):
    Image.fromarray(one_face).save(tmp_path / "a.png")
    Image.fromarray(one_face).save(tmp_path / "a.gif", comment="made by hand")
    for name in ("a.png", "a.gif"):
        with Image.open(tmp_path / name) as image:
            assert read_mark(image) is None
