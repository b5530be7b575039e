import numpy as np
import pytest
from PIL import Image

from gazehub.files.images import ImageError, load_image
from tests.drawn import png_16_bit_rgb, write_bad_files


@pytest.fixture
def colors():
    """(40, 60, 3) uint8: a ramp in each channel."""
    y, x = np.mgrid[:40, :60]
    return np.stack([x * 4, y * 6, 255 - x * 2 - y], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("kind", ["path", "string", "pil", "array"])
def test_every_kind_of_source_gives_the_same_pixels(colors, tmp_path, kind):
    path = tmp_path / "a.png"
    Image.fromarray(colors).save(path)
    source = {"path": path, "string": str(path), "pil": Image.open(path), "array": colors}[kind]
    image = load_image(source)
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), colors)


@pytest.mark.parametrize("name", ["empty.jpg", "text.jpg", "huge.png", "cut.jpg", "missing.jpg"])
def test_bad_files_are_refused_in_words(one_face, tmp_path, name):
    path, word = write_bad_files(tmp_path, one_face)[name]
    with pytest.raises(ImageError, match=word):
        load_image(path)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(ImageError):
        load_image(tmp_path)


def test_a_one_pixel_picture_is_a_picture(tmp_path):
    Image.new("RGB", (1, 1), (9, 8, 7)).save(tmp_path / "p.png")
    assert np.asarray(load_image(tmp_path / "p.png")).tolist() == [[[9, 8, 7]]]


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ImageError, match="uint8 RGB"):
        load_image(array)


def test_cmyk_jpeg_keeps_its_colors(tmp_path):
    Image.new("RGB", (32, 32), (200, 80, 40)).convert("CMYK").save(tmp_path / "c.jpg", quality=95)
    pixel = np.asarray(load_image(tmp_path / "c.jpg"))[16, 16].astype(int)
    assert np.abs(pixel - [200, 80, 40]).max() < 8


def test_transparent_pixels_are_white(tmp_path):
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 200, 30, 50, 60, 70])
    palette.putpixel((3, 3), 1)
    palette.save(tmp_path / "p.png", transparency=0)
    pixels = np.asarray(load_image(tmp_path / "p.png"))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[3, 3].tolist() == [50, 60, 70]


def test_16_bit_gray_is_scaled_not_clipped(tmp_path):
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(values).save(tmp_path / "g.png")
    pixels = np.asarray(load_image(tmp_path / "g.png")).astype(float)
    assert np.abs(pixels[..., 1] - values / 257.0).max() <= 1


def test_16_bit_rgb_is_scaled_not_clipped(tmp_path):
    values = (np.arange(10 * 12 * 3).reshape(10, 12, 3) * 182).astype(np.uint16)
    (tmp_path / "r.png").write_bytes(png_16_bit_rgb(values))
    pixels = np.asarray(load_image(tmp_path / "r.png")).astype(float)
    assert np.abs(pixels - values / 257.0).max() <= 1


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (20, 10), color) for color in ((255, 0, 0), (0, 0, 255))]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert np.asarray(load_image(tmp_path / "a.gif"))[5, 5].tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation, turn", [(1, 0), (3, 2), (6, 1), (8, 3)])
def test_exif_orientation_is_applied(colors, tmp_path, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(np.rot90(colors, turn))).save(tmp_path / "e.png", exif=exif)
    assert np.array_equal(np.asarray(load_image(tmp_path / "e.png")), colors)
