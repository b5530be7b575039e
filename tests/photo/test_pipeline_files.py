"""Files as people have them: broken, sideways, of every mode."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from gazehub import ImageError, NoFaceError
from tests.drawn import write_bad_files
from tests.pictures import pixels


@pytest.mark.parametrize(
    "name", ["empty.jpg", "text.jpg", "pixel.png", "huge.png", "cut.jpg", "noface.png", "missing.jpg"]
)
def test_bad_files_have_an_answer(pipe, one_face, tmp_path, name):
    path, word = write_bad_files(tmp_path, one_face)[name]
    error = NoFaceError if word == "No face" else ImageError
    for call in (pipe.correct, pipe.redirect, pipe.inspect, pipe.encode):
        with pytest.raises(error, match=word):
            call(path)


def test_a_photo_taken_sideways_comes_out_upright_and_without_metadata(pipe, one_face, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "a camera"
    portrait = one_face[:, 60:400]
    Image.fromarray(np.ascontiguousarray(np.rot90(portrait))).save(tmp_path / "s.png", exif=exif)
    output = pipe.correct(tmp_path / "s.png")
    assert output.image.size == (340, 512) and not dict(output.image.getexif()) and "exif" not in output.image.info
    assert np.array_equal(pixels(output), pixels(pipe.correct(portrait)))


@pytest.mark.parametrize("mode", ["CMYK", "P", "RGBA", "L", "I;16", "LA"])
def test_every_mode_comes_out_as_rgb(pipe, one_face, mode, tmp_path):
    image = Image.fromarray(one_face)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    (image if mode == "I;16" else image.convert(mode)).save(path)
    output = pipe.correct(path)
    assert output.image.mode == "RGB" and output.image.size == (512, 512)
    assert np.abs(pixels(output).mean() - one_face.mean()) < 12


def test_a_color_profile_is_kept(pipe, one_face):
    image = Image.fromarray(one_face)
    image.info["icc_profile"] = profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert pipe.correct(image).image.info["icc_profile"] == profile
    image.info["icc_profile"] = profile[:16] + b"CMYK" + profile[20:]
    assert "icc_profile" not in pipe.correct(image).image.info
