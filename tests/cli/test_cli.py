import json
import os
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from PIL import Image

import gazehub
from gazehub.cli import main
from gazehub.files.pictures import side_by_side
from gazehub.video.clips import write_clip
from tests.drawn import write_bad_files


def run(*arguments):
    return main([str(argument) for argument in arguments])


def read(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def photo(one_face, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(one_face).save(path)
    return path


@pytest.fixture
def folder(one_face, two_faces, tmp_path):
    """Three photos and a text file."""
    path = tmp_path / "photos"
    path.mkdir()
    Image.fromarray(one_face).save(path / "one.jpg", quality=95)
    Image.fromarray(two_faces).save(path / "two.png")
    Image.fromarray(one_face).convert("P").save(path / "three.gif")
    (path / "notes.txt").write_text("not a photo")
    return path


# correct


def test_correct_one_photo(photo, weights, pipe, one_face, tmp_path, capsys):
    assert run("correct", photo, "-o", tmp_path / "new" / "out.png", "--weights", weights) == 0
    assert np.array_equal(read(tmp_path / "new" / "out.png"), np.asarray(pipe.correct(one_face).image))
    assert capsys.readouterr() == ("", "")
    assert names(tmp_path / "new") == ["out.png"]


def test_who_looks_into_the_lens_already_is_said_to(photo, one_face, tmp_path, capsys):
    assert run("correct", photo, "-o", tmp_path / "out.png") == 0
    assert "everybody looks into the lens already" in capsys.readouterr().err
    assert np.array_equal(read(tmp_path / "out.png"), one_face)


def test_options_reach_the_pipeline(photo, weights, pipe, one_face, tmp_path):
    out = tmp_path / "out.png"
    assert run("correct", photo, "-o", out, "--weights", weights, "--strength", "0.6", "--eyes", "left") == 0
    assert np.array_equal(read(out), np.asarray(pipe.correct(one_face, 0.6, eyes="left").image))
    assert run("correct", photo, "-o", out, "--weights", weights, "--strength", "0") == 0
    assert np.array_equal(read(out), one_face)


def test_faces_option(weights, two_faces, tmp_path):
    Image.fromarray(two_faces).save(tmp_path / "a.png")
    run("correct", tmp_path / "a.png", "-o", tmp_path / "b.png", "--weights", weights, "--faces", "largest")
    changed = (read(tmp_path / "b.png") != two_faces).any(-1)
    assert changed[:, 540:].any() and not changed[:, :540].any()


def test_correct_a_folder_keeps_names_and_formats(folder, weights, tmp_path, capsys):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run("correct", folder, "-o", tmp_path / "out", "--weights", weights) == 0
    assert names(tmp_path / "out") == ["gazehub.csv", "one.jpg", "three.png", "two.png"]
    assert Image.open(tmp_path / "out" / "one.jpg").format == "JPEG"
    assert (read(tmp_path / "out" / "two.png") != read(folder / "two.png")).any()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert "3/3" in capsys.readouterr().err


def test_jpeg_metadata_is_dropped(one_face, weights, tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    Image.fromarray(one_face).save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert run("correct", tmp_path / "a.jpg", "-o", tmp_path / "b.jpg", "--weights", weights) == 0
    assert not dict(Image.open(tmp_path / "b.jpg").getexif())
    assert np.abs(read(tmp_path / "b.jpg")[300:] - read(tmp_path / "a.jpg")[300:]).max() < 25


def test_bad_files_among_good_ones(folder, weights, one_face, tmp_path, capsys):
    bad = write_bad_files(folder, one_face)
    assert run("correct", folder, "-o", tmp_path / "out", "--weights", weights) == 2
    assert names(tmp_path / "out") == ["gazehub.csv", "one.jpg", "three.png", "two.png"]
    lines = [line for line in capsys.readouterr().err.replace("\r", "\n").split("\n") if "gazehub:" in line]
    expected = {name: word for name, (path, word) in bad.items() if path.exists()}
    assert len(lines) == len(expected) == 6
    for name, word in expected.items():
        assert sum(name in line and word in line for line in lines) == 1


@pytest.mark.parametrize(
    "name", ["empty.jpg", "text.jpg", "pixel.png", "huge.png", "cut.jpg", "noface.png", "missing.jpg"]
)
@pytest.mark.parametrize("command", ["correct", "animate", "info"])
def test_a_bad_file_is_one_line_and_exit_code_2(weights, one_face, tmp_path, capsys, name, command):
    path, word = write_bad_files(tmp_path, one_face)[name]
    before = names(tmp_path)
    target = {"correct": ["-o", tmp_path / "out.png"], "animate": ["-o", tmp_path / "out.gif"], "info": []}[command]
    assert run(command, path, *target, "--weights", weights) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and word in err.replace("no file or folder", "no file")
    assert names(tmp_path) == before


def test_a_photo_is_never_overwritten(photo, folder, weights, tmp_path, capsys):
    data = photo.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(photo)
    listing = names(folder)
    for arguments in (
        (photo, "-o", photo),
        (photo, "-o", tmp_path),
        (photo, "-o", link),
        (folder, "-o", folder),
        (folder / "one.jpg", folder / "two.png", "-o", folder),
    ):
        assert run("correct", *arguments, "--weights", weights) == 2
        assert "overwritten" in capsys.readouterr().err
    assert run("animate", photo, "-o", photo, "--weights", weights) == 2
    assert photo.read_bytes() == data and names(folder) == listing


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["{photo}", "{tmp}/gone.png", "-o", "{tmp}/out"], "There is no file"),
        (["{photo}", "-o", "{tmp}/out.xyz"], "can't be written as .xyz"),
        (["{photo}", "{folder}/photo.png", "-o", "{tmp}/out"], "Two photos"),
        (["{photo}", "{folder}/two.png", "-o", "{tmp}/file.txt"], "is a file"),
        (["{empty}", "-o", "{tmp}/out"], "no picture in"),
    ],
)
def test_what_can_not_work_is_refused_before_anything_is_written(
    photo, folder, weights, tmp_path, capsys, arguments, word
):
    (folder / "photo.png").write_bytes(photo.read_bytes())
    (tmp_path / "file.txt").write_text("kept")
    (tmp_path / "empty").mkdir()
    before = names(tmp_path)
    places = {"photo": photo, "tmp": tmp_path, "folder": folder, "empty": tmp_path / "empty"}
    assert run("correct", *[text.format(**places) for text in arguments], "--weights", weights) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and word in err
    assert names(tmp_path) == before and (tmp_path / "file.txt").read_text() == "kept"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["correct", "a.png"],
        ["correct", "-o", "b.png"],
        ["correct", "a.png", "-o", "b.png", "--strength", "1.5"],
        ["correct", "a.png", "-o", "b.png", "--strength", "much"],
        ["correct", "a.png", "-o", "b.png", "--eyes", "third"],
        ["animate", "a.png", "-o", "b.gif", "--frames", "1"],
        ["animate", "a.png", "-o", "b.gif", "--fps", "0"],
        ["animate", "a.png", "-o", "b.gif", "--alphas", "0", "1", "--look-around"],
        ["polish", "a.png"],
    ],
)
def test_bad_arguments_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 2 and "usage:" in capsys.readouterr().err


def test_a_write_that_fails_leaves_nothing_behind(photo, weights, tmp_path, capsys):
    # This format holds black and white alone: the failure comes when the file is already open.
    assert run("correct", photo, "-o", tmp_path / "out.xbm", "--weights", weights) == 2
    assert capsys.readouterr().err and names(tmp_path) == ["photo.png"]


def test_no_weights_is_one_line(photo, tmp_path, capsys):
    assert run("correct", photo, "-o", tmp_path / "out.png", "--weights", tmp_path / "none") == 2
    assert "There is no folder" in capsys.readouterr().err and names(tmp_path) == ["photo.png"]


# animate


def gif_frames(path, duration):
    """The frames of a GIF, one per `duration` milliseconds: equal neighbours are stored once, and shown longer."""
    clip, frames = Image.open(path), []
    for number in range(clip.n_frames):
        clip.seek(number)
        frames += [np.asarray(clip.convert("RGB")).astype(int)] * round(clip.info["duration"] / duration)
    return frames


def test_a_gif_goes_there_and_back(photo, weights, one_face, tmp_path):
    out = tmp_path / "out.gif"
    assert run("animate", photo, "-o", out, "--weights", weights, "--frames", "6", "--fps", "10") == 0
    frames = gif_frames(out, 100)
    assert len(frames) == 6 and Image.open(out).info["loop"] == 0
    assert np.array_equal(frames[1], frames[5]) and np.array_equal(frames[2], frames[4])
    assert (frames[0] != frames[3]).any() and (frames[1] != frames[3]).any()
    assert not (np.array(frames)[:, 200:] != frames[0][200:]).any()  # below the face nothing flickers
    assert np.abs(frames[0] - one_face).mean() < 8


def test_a_folder_of_frames_follows_the_alphas(photo, weights, pipe, one_face, tmp_path):
    out = tmp_path / "frames"
    assert run("animate", photo, "-o", out, "--weights", weights, "--frames", "4", "--alphas", "0", "1.5") == 0
    assert names(out) == [f"frame_{number:04d}.png" for number in range(4)]
    frames = pipe.animate(one_face, [0, 0.75, 1.5, 0.75])
    for number, frame in enumerate(frames):
        assert np.abs(read(out / f"frame_{number:04d}.png") - np.asarray(frame)).max() <= 1
    assert run("animate", photo, "-o", out, "--weights", weights) == 2  # something is in it now


@pytest.mark.parametrize("width, height", [(64, 48), (65, 49)])
def test_an_mp4_can_be_read_back(tmp_path, width, height):
    values = (20, 120, 220)
    frames = [Image.new("RGB", (width, height), (value, 60, 255 - value)) for value in values]
    write_clip(frames, tmp_path / "out.mp4", fps=10)
    video = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    for value in values:
        found, frame = video.read()
        assert found and frame.shape == (height + height % 2, width + width % 2, 3)
        assert np.abs(frame.mean((0, 1)) - [255 - value, 60, value]).max() < 12
    assert not video.read()[0]
    assert names(tmp_path) == ["out.mp4"]


def test_look_around_as_mp4(photo, weights, tmp_path):
    out = tmp_path / "out.mp4"
    assert run("animate", photo, "-o", out, "--weights", weights, "--frames", "4", "--look-around") == 0
    video = cv2.VideoCapture(str(out))
    frames = [video.read()[1] for _ in range(4)]
    assert all((first != second).any() for first, second in zip(frames, frames[1:]))


@pytest.mark.parametrize("name", ["out.avi", "out.png"])
def test_other_clip_formats_are_refused(photo, weights, tmp_path, capsys, name):
    assert run("animate", photo, "-o", tmp_path / name, "--weights", weights) == 2
    assert "a .gif, an .mp4 or a folder" in capsys.readouterr().err and names(tmp_path) == ["photo.png"]
    with pytest.raises(ValueError):
        write_clip([Image.new("RGB", (4, 4))], tmp_path / name, 5)


# info, demo


def test_info_is_json(two_faces, weights, pipe, tmp_path, capsys):
    Image.fromarray(two_faces).save(tmp_path / "a.png")
    assert run("info", tmp_path / "a.png", "--weights", weights) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert err == "" and len(answer["faces"]) == 2
    for face, report in zip(answer["faces"], pipe.inspect(two_faces)):
        assert face["box"] == pytest.approx(report.box, abs=0.051)
        assert face["usable"] and face["skipped"] is None and face["domain"] == report.domain
        assert [face["gaze_degrees"]["yaw"], face["gaze_degrees"]["pitch"]] == pytest.approx(
            report.degrees_before, abs=0.051
        )
        assert face["gaze_offset"]["x"] == pytest.approx(report.offset_before[0], abs=1e-4)
        assert face["head_degrees"]["roll"] == pytest.approx(report.roll, abs=0.051)


def test_demo_shows_before_and_after(weights, tmp_path, capsys):
    assert run("demo", "-o", tmp_path / "demo", "--weights", weights) == 0
    assert names(tmp_path / "demo") == ["animation.gif", "before_after.png"]
    assert [line.rsplit("/", 1)[-1] for line in capsys.readouterr().out.split()] == names(tmp_path / "demo")[::-1]
    sheet = read(tmp_path / "demo" / "before_after.png")
    left, right = sheet[:, : sheet.shape[1] // 2 - 8], sheet[:, sheet.shape[1] // 2 + 8 :]
    assert left.shape == right.shape and sheet.shape[0] > 700
    assert (left != right).any() and (left == right).mean() > 0.6


def test_side_by_side_places_both_and_enlarges_the_eyes():
    before, after = Image.new("RGB", (100, 80), (250, 0, 0)), Image.new("RGB", (100, 80), (0, 0, 250))
    sheet = np.asarray(side_by_side([before, after], (30, 10, 70, 70)))
    assert sheet.shape == (80 + 16 + 3 * 21, 120 * 2 + 16, 3)
    assert sheet[40, 60].tolist() == [250, 0, 0] and sheet[130, 60].tolist() == [250, 0, 0]
    assert sheet[40, 196].tolist() == [0, 0, 250] and sheet[130, 196].tolist() == [0, 0, 250]


# The command as a process


def test_help_and_import_are_fast():
    for arguments in (["-m", "gazehub", "--help"], ["-c", "import gazehub"]):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        assert min(times) < 1
    code = "import gazehub, sys; print('torch' in sys.modules, gazehub.NoFaceError.__name__, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "NoFaceError", "False"]


def test_every_exported_name_exists():
    assert set(gazehub.__all__) <= set(dir(gazehub))
    for name in gazehub.__all__:
        assert getattr(gazehub, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        gazehub.__getattr__("Nothing")


def test_the_process_says_only_what_it_has_to(photo, weights, tmp_path):
    command = [sys.executable, "-m", "gazehub"]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert version.stdout.strip() == f"gazehub {gazehub.__version__}"
    arguments = ["correct", photo, tmp_path / "gone.png", "-o", tmp_path / "out"]
    done = subprocess.run([*command, *arguments, "--weights", weights], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    arguments = ["correct", photo, "-o", tmp_path / "out.png", "--weights", weights]
    environment = {key: value for key, value in os.environ.items() if key != "GLOG_minloglevel"}
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out.png").is_file()
