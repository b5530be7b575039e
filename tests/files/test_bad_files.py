"""Hundreds of bad files: each opens or is refused in one sentence, and the next photo works."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from gazehub import ImageError, NoFaceError
from gazehub.files.images import load_image
from tests.files import bad_files
from tests.files.fuzz_images import is_sentence, main
from tests.files.good_files import good_files, picture

REFUSE_ALL = """
import resource, sys
from pathlib import Path
from PIL import Image
from gazehub.files.images import ImageError, load_image
Image.init()
paths = list(Path(sys.argv[1]).iterdir())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in paths:
    try:
        load_image(path)
        sys.exit(f"{path} opened")
    except ImageError:
        pass
print(len(paths), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture
def answers(pipe, tmp_path):
    """Gives files to a pipeline: name -> what was said, None if it worked; after all of them a photo still works."""

    def ask(files):
        said = {}
        for number, (name, data) in enumerate(files.items()):
            path = tmp_path / f"{number}-{name}"
            path.write_bytes(data)
            said[name] = _answer(pipe, path)
            assert str(tmp_path) not in str(said[name])
            path.unlink()
        return said

    return ask


def _answer(pipe, path):
    """The sentence, or a word about what is wrong with the answer."""
    try:
        pipe.inspect(path)
    except (ImageError, NoFaceError) as error:
        assert is_sentence(str(error)), f"{path.name!r}: {error}"
        return str(error)
    return None


def opened(said):
    return {name for name, words in said.items() if words is None or words.startswith("No face")}


@pytest.mark.parametrize("kind", [bad_files.truncations, bad_files.flips, bad_files.bombs, bad_files.other_things])
def test_every_bad_file_has_an_answer_of_one_sentence(answers, kind):
    files = kind()
    assert len(answers(files)) == len(files) >= 30


def test_the_corpus_is_large():
    kinds = (bad_files.truncations, bad_files.flips, bad_files.bombs, bad_files.other_things, bad_files.sound_pixels)
    assert sum(len(kind()) for kind in kinds) >= 200


@pytest.mark.parametrize("kind", [good_files, bad_files.sound_pixels, bad_files.wrong_suffixes])
def test_junk_beside_sound_pixels_is_ignored(answers, kind):
    said = answers(kind())
    assert opened(said) == set(said), {name: words for name, words in said.items() if name not in opened(said)}


def test_what_is_no_picture_does_not_open(answers):
    assert opened(answers(bad_files.other_things())) == set()


def test_headers_that_claim_too_much_are_refused(answers):
    said = answers(
        {name: data for name, data in bad_files.bombs().items() if name.startswith(("huge", "none", "no-"))}
    )
    # A GIF is as large as its frame, which is sound.
    assert all(name.endswith(".gif") for name in opened(said))
    assert sum("megapixels" in words for words in said.values()) > 8


def test_junk_changes_no_pixel_and_keeps_a_large_profile(tmp_path):
    files = bad_files.sound_pixels()
    for name in ("icc-large.png", "text-check-sum.png", "chunk-name.png", "exif-loop.png", "text-bomb-after.png"):
        (tmp_path / name).write_bytes(files[name])
        image = load_image(tmp_path / name)
        assert np.array_equal(np.asarray(image), np.asarray(picture())), name
    profile = load_image(tmp_path / "icc-large.png").info["icc_profile"]
    assert len(profile) > 3 * 2**20 and profile[16:20] == b"RGB "
    (tmp_path / "icc-large.jpg").write_bytes(files["icc-large.jpg"])
    assert len(load_image(tmp_path / "icc-large.jpg").info["icc_profile"]) == len(profile)


def test_what_is_no_file_has_an_answer(pipe, tmp_path):
    for path in bad_files.special_files(tmp_path):
        assert _answer(pipe, path), path


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_that_may_not_be_read_has_an_answer(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "secret.png").write_bytes(good_files()["rgb.png"])
    (tmp_path / "secret.png").chmod(0)
    os.seteuid(65534)
    try:
        with pytest.raises(ImageError, match="can't be opened") as caught:
            load_image(tmp_path / "secret.png")
    finally:
        os.seteuid(0)
    assert is_sentence(str(caught.value))


def test_control_characters_in_names_are_shown_as_escapes(tmp_path):
    (tmp_path / "a\n\x1b[31m\u202e.png").write_bytes(b"no picture")
    with pytest.raises(ImageError) as caught:
        load_image(tmp_path / "a\n\x1b[31m\u202e.png")
    assert str(caught.value).startswith("a\\n\\x1b[31m\\u202e.png is not a picture")


@pytest.mark.parametrize("shape", [(65_000, 1), (1, 65_000), (65_000, 2), (1, 1), (40, 33_000)])
def test_thin_pictures_show_no_face_and_the_next_photo_works(pipe, one_face, shape):
    with pytest.raises(NoFaceError):
        pipe.correct(np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8))
    assert len(pipe.inspect(one_face)) == 1


def test_a_photo_works_after_every_kind_of_bad_file(pipe, answers, one_face):
    answers(bad_files.bombs() | bad_files.other_things())
    assert len(pipe.inspect(one_face)) == 1


def test_without_pillow_heif_the_answer_says_what_to_install(tmp_path):
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    (tmp_path / "photo.heic").write_bytes(head + bytes(99))
    code = "import sys; sys.modules['pillow_heif'] = None\n"  # as if it weren't installed
    code += "from gazehub.files.images import load_image; load_image(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "photo.heic"], capture_output=True, text=True)
    assert "photo.heic: HEIC photos need pillow-heif: pip install pillow-heif." in done.stderr


def test_many_threads_may_meet_bad_files_at_once(tmp_path):
    paths = []
    for number, (name, data) in enumerate((bad_files.sound_pixels() | bad_files.other_things()).items()):
        paths.append(tmp_path / f"{number}.{name[-3:]}")
        paths[-1].write_bytes(data)
    escaped = []

    def work():
        for path in paths:
            try:
                load_image(path)
            except ImageError:
                pass
            except BaseException as error:
                escaped.append((path, error))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not escaped


def test_refusing_what_is_too_large_takes_no_memory(tmp_path):
    for name, data in bad_files.bombs().items():
        if name.startswith("huge"):
            (tmp_path / name).write_bytes(data)
    done = subprocess.run([sys.executable, "-c", REFUSE_ALL, tmp_path], capture_output=True, text=True, check=True)
    files, rise = map(int, done.stdout.split())
    assert files > 10 and rise < 50_000  # kB; the pixels of one of them would take 3 GB


def test_a_thousand_mutations(tmp_path):
    assert main(["--mutations", "1000", "--seed", "7", "--keep", str(tmp_path / "kept")]) == 0
