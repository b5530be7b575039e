"""Arrays and PIL images of every mode, size and state."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as np_st
from PIL import Image

from gazehub.files.images import MAX_PIXELS, ImageError, load_image
from tests.files.fuzz_images import is_sentence
from tests.files.good_files import encoded, exif, good_files, picture, profile

MODES = ["1", "L", "P", "PA", "LA", "La", "RGB", "RGBX", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB", "HSV", "I", "F"]
MODES += ["I;16", "I;16L", "I;16B", "I;16N"]
SIZES = st.tuples(st.integers(0, 40), st.integers(0, 40))
ARRAYS = np_st.arrays(
    st.one_of(np_st.scalar_dtypes(), st.just(np.dtype(object)), st.just(np.dtype(np.uint8))),
    np_st.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4),
)


def answer(source):
    """The image, or None if it was refused in a sentence."""
    try:
        image = load_image(source)
    except ImageError as error:
        assert is_sentence(str(error)), str(error)
        return None
    assert image.mode == "RGB" and np.asarray(image).shape == (image.height, image.width, 3)
    return image


@settings(deadline=None, max_examples=300)
@given(ARRAYS)
def test_every_array_opens_or_has_an_answer(array):
    right = array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3 and array.size > 0
    assert (answer(array) is not None) == right


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(MODES), SIZES, st.booleans(), st.binary(max_size=64), st.data())
def test_every_mode_and_size_opens_unless_it_has_no_pixels(mode, size, transparent, junk, data):
    image = Image.new(mode, size)
    if image.width and image.height:
        image.putpixel((0, 0), tuple(9 for _ in image.getbands()) if len(image.getbands()) > 1 else 1)
    for key in ("exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp", "Raw profile type exif"):
        if data.draw(st.booleans()):
            image.info[key] = junk if key in ("exif", "xmp", "icc_profile") else junk.decode("latin-1")
    if transparent:
        image.info["transparency"] = data.draw(st.sampled_from([0, 300, None, b"\0\1", (1, 2, 3), "word"]))
    found = answer(image)
    if not image.width or not image.height:
        assert found is None
    elif not transparent:
        assert found is not None and found.size in (size, size[::-1])


@settings(deadline=None, max_examples=200)
@given(np_st.arrays(np.float32, (4, 5), elements=st.floats(width=32)))
def test_every_float_opens(values):
    assert answer(Image.fromarray(values)) is not None


@pytest.mark.parametrize("largest, white", [(0.6, 1), (1, 1), (153, 255), (255, 255), (300, 65535), (40_000, 65535)])
def test_a_float_tiff_keeps_its_brightness(tmp_path, largest, white):
    values = np.linspace(0, largest, 256, dtype=np.float32).reshape(16, 16)
    Image.fromarray(values).save(tmp_path / "f.tif")
    pixels = np.asarray(load_image(tmp_path / "f.tif")).astype(float)
    assert np.abs(pixels[..., 0] - values * 255 / white).max() <= 0.51


def test_floats_that_are_no_numbers_are_black_or_white():
    values = np.array([[np.nan, np.inf], [-np.inf, 51.0]], np.float32)
    assert np.asarray(load_image(Image.fromarray(values)))[..., 0].tolist() == [[0, 255], [0, 51]]


@pytest.mark.parametrize("source", [None, 7, 2.5, b"a.png", ["a.png"], object(), io.BytesIO(b"")])
def test_other_things_are_refused(source):
    with pytest.raises(ImageError, match="A photo is a path"):
        load_image(source)


@pytest.mark.parametrize("name", sorted(good_files()))
def test_a_lazy_image_that_was_cut_has_an_answer(name):
    data = good_files()[name]
    for cut in (0.4, 0.6, 0.8, 0.95):
        try:
            image = Image.open(io.BytesIO(data[: int(cut * len(data))]))
        except Exception:  # the caller sees what Pillow says
            continue
        answer(image)


@pytest.mark.parametrize("loaded", [False, True])
def test_a_closed_image_has_an_answer(loaded):
    image = Image.open(io.BytesIO(good_files()["rgb.png"]))
    if loaded:
        image.load()
    image.close()
    with pytest.raises(ImageError, match="This image is not a picture that can be read"):
        load_image(image)


def test_too_large_arrays_and_images_are_refused():
    pixels = np.lib.stride_tricks.as_strided(np.zeros(3, np.uint8), (MAX_PIXELS // 1000 + 1, 1000, 3), (0, 0, 1))
    with pytest.raises(ImageError, match="at most 100 megapixels"):
        load_image(pixels)
    with pytest.raises(ImageError, match="at most 0 megapixels|at most 1 megapixels"):
        load_image(Image.new("L", (1001, 1000)), max_pixels=1_000_000)


def test_an_upright_rgb_photo_is_not_copied(tmp_path):
    image = picture()
    assert load_image(image) is image
    (tmp_path / "a.jpg").write_bytes(encoded(image, "JPEG", exif=exif(1), icc_profile=profile()))
    once = load_image(tmp_path / "a.jpg")
    assert load_image(once) is once and once.info["icc_profile"] == profile()
    assert np.asarray(once).shape == (32, 48, 3)


@pytest.mark.parametrize("name", ["beside.png", "beside.jpg", "lossy.webp", "raw.tif", "beside.avif"])
def test_an_image_is_turned_upright_once(tmp_path, name):
    if name not in good_files():
        pytest.skip("this Pillow doesn't write it")
    (tmp_path / name).write_bytes(good_files()[name])
    once = load_image(tmp_path / name)
    assert once.size == (32, 48) and np.array_equal(np.asarray(load_image(once)), np.asarray(once))
    assert np.abs(np.asarray(once).astype(float) - np.rot90(np.asarray(picture()), -1)).mean() < 8
    assert once.info["icc_profile"] == profile()


def test_transparent_pictures_keep_their_color_profile():
    image = picture().convert("RGBA")
    image.info["icc_profile"] = profile()
    assert load_image(image).info["icc_profile"] == profile()


def test_heic_opens_as_it_was_held(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    image = picture(160, 96)
    saved = heif.from_pillow(image)
    saved.save(tmp_path / "a.heic", quality=95, exif=exif(6))
    found = load_image(tmp_path / "a.heic")
    expected = np.rot90(np.asarray(image), -1)
    assert found.size == (96, 160) and np.abs(np.asarray(found).astype(float) - expected).mean() < 4
    with pytest.raises(ImageError, match="megapixels"):
        load_image(tmp_path / "a.heic", max_pixels=10_000)
