"""Pictures to disk, whole or not at all."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from tests.files.fuzz_images import is_sentence
from tests.files.good_files import picture

SAVE_WITH_LITTLE_SPACE = """
import resource, sys
from pathlib import Path
import numpy as np
from PIL import Image
from gazehub.files.pictures import save_picture
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
try:
    save_picture(Image.fromarray(noise), Path(sys.argv[1]))
except OSError as error:
    sys.exit(f"noticed: {error}")
"""


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif"])
@pytest.mark.parametrize("space", [10_000, 65_536])
def test_a_full_disk_is_noticed_and_nothing_is_left(tmp_path, suffix, space):
    command = [sys.executable, "-c", SAVE_WITH_LITTLE_SPACE, str(tmp_path / f"a{suffix}"), str(space)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("noticed: "), done.stderr
    assert not list(tmp_path.iterdir())


def test_what_was_there_stays_if_the_disk_is_full(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"before")
    subprocess.run([sys.executable, "-c", SAVE_WITH_LITTLE_SPACE, str(tmp_path / "a.jpg"), "9999"], check=False)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


@pytest.mark.parametrize("name", ["a.ico", "a.ICNS", "a.cur"])
def test_icons_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="holds no photo of this size; choose .png or .jpg"):
        save_picture(picture(), tmp_path / "new" / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.xyz", "a", ".png", "a.h5", "a.xbm", "a.psd", "a.xyz\n\x1b[2J"])
def test_what_can_not_be_written_is_said_and_leaves_nothing(tmp_path, name):
    with pytest.raises(ValueError, match="can't be written in this format|no suffix") as caught:
        save_picture(picture(), tmp_path / "new" / name)
    assert is_sentence(str(caught.value)) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".gif", ".tga"])
def test_what_is_too_long_for_a_format_is_said(tmp_path, suffix):
    with pytest.raises(ValueError, match="70000 x 2 RGB pixels can't be written in this format; choose .png"):
        save_picture(Image.new("RGB", (70_000, 2)), tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.jfif", "a.webp", "a.tif", "a.bmp", "a.ppm", "a.tga", "😀" * 60 + ".png"]
)
def test_pictures_keep_their_size_and_colors(tmp_path, name):
    save_picture(picture(400, 300), tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.size == (400, 300)
        assert np.abs(np.asarray(image).astype(float) - np.asarray(picture(400, 300))).mean() < 5
    assert len(list(tmp_path.iterdir())) == 1
