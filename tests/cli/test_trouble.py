"""Links in circles, devices that aren't there, full disks, little memory, Ctrl-C, names that steer a terminal."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from gazehub.cli import main
from gazehub.video.clips import write_clip
from tests.drawn import png_header
from tests.files.fuzz_images import is_sentence

LIMITED = """
import resource, sys
which, limit = getattr(resource, sys.argv[1]), int(sys.argv[2])
from gazehub.cli import main
if sys.argv[1] == "RLIMIT_AS":
    from gazehub.files.images import sample_photo
    from gazehub.pipeline_gaze import GazePipeline
    GazePipeline.from_pretrained().correct(sample_photo())  # what the program itself takes
    limit += int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(which, (limit, limit))
sys.exit(main(sys.argv[3:]))
"""


def run(*arguments):
    return main([str(argument) for argument in arguments])


def run_limited(which, limit, *arguments):
    command = [sys.executable, "-c", LIMITED, which, str(limit), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [line for line in done.stderr.replace("\r", "\n").split("\n") if "gazehub:" in line]


def start(*arguments):
    command = [sys.executable, "-m", "gazehub", *map(str, arguments)]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def said(capsys):
    """The one sentence on stderr."""
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("gazehub: ") and err.count("\n") == 1 and is_sentence(err[9:-1]), err
    return err


@pytest.fixture
def photo(one_face, tmp_path):
    Image.fromarray(one_face).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture(scope="module")
def film(one_face, tmp_path_factory):
    """Ten seconds."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_clip([Image.fromarray(one_face).rotate(number / 20) for number in range(100)], path, 10)
    return path


# What is asked for is not there


@pytest.mark.parametrize(
    "arguments",
    [
        "correct {tmp}/circle -o {tmp}/out.png",
        "correct {photo} -o {tmp}/circle",
        "correct {photo} -o {tmp}/circle/out.png",
        "correct {photo} {tmp}/circle -o {tmp}/out",
        "animate {tmp}/circle -o {tmp}/out.gif",
        "animate {photo} -o {tmp}/circle",
        "video {tmp}/circle -o {tmp}/out.mp4",
        "video {photo} -o {tmp}/circle.mp4",
        "info {tmp}/circle",
        "demo -o {tmp}/circle",
    ],
)
def test_links_in_circles_are_a_sentence(photo, tmp_path, capsys, arguments):
    (tmp_path / "circle").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "circle")
    (tmp_path / "circle.mp4").symlink_to(tmp_path / "circle.mp4")
    before = names(tmp_path)
    assert run(*arguments.format(tmp=tmp_path, photo=photo).split()) == 2
    said(capsys)
    assert names(tmp_path) == before and (tmp_path / "circle").is_symlink()


@pytest.mark.parametrize("device", ["meta", "cuda:99", "nonsense", "mps:7", "privateuseone"])
@pytest.mark.parametrize("command", ["correct", "animate", "info"])
def test_devices_that_can_not_work_are_a_sentence(photo, tmp_path, capsys, command, device):
    target = {"correct": ["-o", tmp_path / "out.png"], "animate": ["-o", tmp_path / "out.gif"], "info": []}[command]
    assert run(command, photo, *target, "--device", device) == 2
    assert f"can't run on a device {device} here" in said(capsys) and names(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("command", ["correct", "animate", "video"])
def test_a_revision_of_nothing_is_refused(photo, film, tmp_path, capsys, command):
    source = film if command == "video" else photo
    suffix = {"correct": "png", "animate": "gif", "video": "mp4"}[command]
    assert run(command, source, "-o", tmp_path / f"out.{suffix}", "--revision", "v2") == 2
    assert "have no revisions" in said(capsys) and names(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("name", ["out.ico", "out.ICNS", "out.cur"])
def test_icons_are_refused_before_any_work(photo, tmp_path, capsys, name):
    assert run("correct", photo, "-o", tmp_path / name) == 2
    assert "icon" in said(capsys) and names(tmp_path) == ["photo.png"]


# Names


STEERING = "a\n\x1b[31m\u202e\x07.png"


@pytest.mark.parametrize(
    "arguments",
    [
        ["correct", STEERING, "-o", "out.png"],
        ["correct", "photo.png", STEERING, "-o", "out"],
        ["correct", "photo.png", "-o", f"{STEERING}.xyz"],
        ["correct", "photo.png", "photo.png", "-o", STEERING],
        ["correct", "photo.png", "-o", "out.png", "--weights", STEERING],
        ["correct", "photo.png", "-o", "out.png", "--device", STEERING],
        ["animate", STEERING, "-o", "out.gif"],
        ["animate", "photo.png", "-o", STEERING],
        ["video", STEERING, "-o", "out.mp4"],
        ["info", STEERING],
        ["camera", STEERING, "--preview-only"],
    ],
)
def test_names_never_steer_the_terminal(photo, tmp_path, capsys, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert r"a\n\x1b[31m\u202e\x07.png" in said(capsys)


def test_names_in_a_folder_never_steer_the_terminal(tmp_path, capsys, weights):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / STEERING).write_bytes(b"no picture")
    assert run("correct", tmp_path / "photos", "-o", tmp_path / "out", "--weights", weights) == 2
    err = capsys.readouterr().err
    assert r"a\n\x1b[31m\u202e\x07.png" in err and "\x1b[31m" not in err and "\x07" not in err


def test_wrong_arguments_never_steer_the_terminal(capsys):
    with pytest.raises(SystemExit) as exit:
        main(["correct", "a.png", "-o", "b.png", f"--{STEERING}"])
    err = capsys.readouterr().err
    assert exit.value.code == 2 and "\x1b" not in err and r"\x1b" in err


# Disks and memory


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "out", "out.webp", "out.png", "out.jpg"])
@pytest.mark.parametrize("space", [1, 9_000])
def test_a_full_disk_is_a_sentence_and_nothing_is_left(photo, tmp_path, name, space):
    command = "correct" if name[-4:] in ("webp", ".png", ".jpg") else "animate"
    arguments = [command, photo, "-o", tmp_path / name, *(["--frames", "4"] if command == "animate" else [])]
    code, lines = run_limited("RLIMIT_FSIZE", space, *arguments)
    assert code == 2 and len(lines) == 1 and "File too large" in lines[0], lines
    assert names(tmp_path) == ["photo.png"]


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_a_full_disk_is_noticed_wherever_in_a_film_it_comes(film, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    arguments = ["video", film, "-o", out, "--end", "0.5"]
    assert run_limited("RLIMIT_FSIZE", 2**30, *arguments)[0] == 0
    whole = out.stat().st_size
    out.unlink()
    for space in (whole - 1, whole // 2, 40):
        code, lines = run_limited("RLIMIT_FSIZE", space, *arguments)
        assert code == 2 and len(lines) == 1 and "can't be written" in lines[0], (space, whole, lines)
        assert names(tmp_path) == []


def test_what_can_not_be_printed_is_said(photo):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "gazehub", "info", photo]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "gazehub: No space left on device.\n")


@pytest.mark.parametrize("folder", [False, True], ids=["one by one", "as a folder"])
def test_a_photo_for_which_memory_is_lacking_ends_no_batch(one_face, tmp_path, folder):
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (9000, 9000)).save(photos / "a.png", compress_level=1)
    (photos / "b.png").write_bytes(png_header(30_000, 30_000))
    Image.fromarray(one_face).save(photos / "c.png")
    sources = [photos] if folder else sorted(photos.iterdir())
    code, lines = run_limited("RLIMIT_AS", 200 * 2**20, "correct", *sources, "-o", tmp_path / "out")
    assert code == 2 and len(lines) == 2 and "a.png" in lines[0] and "memory" in lines[0] and "b.png" in lines[1]
    assert "c.png" in names(tmp_path / "out")


# Ctrl-C


@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.6])
@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "frames", "video.mp4"])
def test_ctrl_c_is_a_sentence_and_leaves_nothing(photo, film, tmp_path, name, seconds):
    arguments = ["video", film] if name == "video.mp4" else ["animate", photo, "--frames", "900"]
    process = start(*arguments, "-o", tmp_path / name)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    err = process.communicate(timeout=30)[1]
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in err and "ignored" not in err, err
    assert names(tmp_path) == ["photo.png"]


def test_ctrl_c_keeps_what_was_there(photo, tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"before")
    process = start("animate", photo, "--frames", "900", "-o", tmp_path / "out.mp4")
    while not any(name.startswith(".out") for name in names(tmp_path)):  # the clip is being written
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30)[1].endswith("gazehub: stopped.\n") and process.returncode == 130
    assert names(tmp_path) == ["out.mp4", "photo.png"] and (tmp_path / "out.mp4").read_bytes() == b"before"


def test_clips_of_sizes_that_a_gif_can_not_hold_are_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="70000 x 2 pixels are too many for a .gif"):
        write_clip([Image.fromarray(np.zeros((2, 70_000, 3), np.uint8))] * 2, tmp_path / "out.gif", 5)
    assert names(tmp_path) == []
