"""What counts as done, and what the report says."""

import shutil

import pytest

from gazehub.batch.report import Done
from gazehub.batch.store import GROUP, StoreReport
from gazehub.batch.worker import FAILED, NO_FACE, WRITTEN, Record
from gazehub.cli import main
from gazehub.pipeline_gaze import GazePipeline
from tests.batch.conftest import lines, pictures, stamps


@pytest.fixture
def few(photos, tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("photo_00.jpg", "two.png", "wall.png", "broken.jpg"):
        shutil.copy(photos / name, folder)
    return folder


def run(*arguments):
    return main(["correct", *map(str, arguments)])


def test_a_line_says_what_became_of_a_photo(photos, plain):
    report, bundled = lines(plain), GazePipeline.from_pretrained()
    assert set(report) == {path.name for path in photos.iterdir()}
    for name in ("photo_03.jpg", "two.png"):
        row, faces = report[name], bundled.correct(photos / name).faces
        assert row["file"] == str(photos / name) and row["picture"] == name and row["outcome"] == WRITTEN
        assert int(row["faces"]) == len(faces) == (2 if name == "two.png" else 1)
        assert int(row["redrawn"]) == sum(face.skipped is None for face in faces)
        assert row["skipped"] == "; ".join(face.skipped for face in faces if face.skipped) and row["error"] == ""
        written = [float(row[column]) for column in ("yaw_before", "pitch_before", "yaw_after", "pitch_after")]
        assert written == pytest.approx([*faces[0].degrees_before, *faces[0].degrees_after], abs=0.11)
    assert report["wall.png"]["outcome"] == NO_FACE and "No face was found" in report["wall.png"]["error"]
    assert report["broken.jpg"]["outcome"] == FAILED and "not a picture" in report["broken.jpg"]["error"]
    assert {report[name][column] for name in ("wall.png", "broken.jpg") for column in ("picture", "yaw_after")} == {""}


def test_reasons_of_faces_left_alone(few, tmp_path):
    out = tmp_path / "out"
    assert run(few, "-o", out, "--faces", "largest") == 2
    assert (lines(out)["two.png"]["redrawn"], lines(out)["two.png"]["skipped"]) == ("1", "not selected")


def test_started_again_it_does_what_is_left(few, photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(few, "-o", out) == 2
    before, report = stamps(out), (out / "gazehub.csv").read_bytes()
    capsys.readouterr()
    assert run(few, "-o", out) == 2  # the broken one is tried again, the wall is not
    errors = capsys.readouterr().err
    assert "broken.jpg" in errors and "wall.png" not in errors and "1 of the photos" in errors
    assert stamps(out) == before and sorted((out / "gazehub.csv").read_bytes().split()) == sorted(report.split())
    shutil.copy(photos / "photo_01.jpg", few / "broken.jpg")  # mended
    (out / "two.png").unlink()
    assert run(few, "-o", out) == 2
    assert lines(out)["broken.jpg"]["outcome"] == WRITTEN and set(stamps(out)) == {*before, "broken.jpg"}
    assert stamps(out)["photo_00.jpg"] == before["photo_00.jpg"] and len(lines(out)) == 4
    (few / "wall.png").unlink()
    assert run(few, "-o", out) == 0


def test_other_settings_are_done_anew(few, tmp_path, capsys):
    out = tmp_path / "out"
    run(few, "-o", out)
    first = pictures(out)
    capsys.readouterr()
    assert run(few, "-o", out, "--strength", "0.5") == 2
    assert "2 of the pictures there have other settings" in capsys.readouterr().err
    assert all(pictures(out)[name] != data for name, data in first.items()) and len(lines(out)) == 4
    assert {row["settings"].split()[0] for row in lines(out).values()} == {"strength=0.5"}


def test_weights_trained_on_are_other_settings(few, weights, tmp_path):
    (few / "two.png").unlink()
    mine, out = tmp_path / "mine", tmp_path / "out"
    shutil.copytree(weights, mine)
    run(few, "-o", out, "--weights", mine)
    before = stamps(out)
    run(few, "-o", out, "--weights", mine)
    assert stamps(out) == before
    named = lines(out)["photo_00.jpg"]["settings"]
    run(few, "-o", out)
    assert stamps(out) != before and lines(out)["photo_00.jpg"]["settings"] != named


def test_a_second_folder_adds_to_the_report(few, photos, tmp_path):
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    shutil.copy(photos / "photo_05.jpg", other)
    shutil.copy(photos / "photo_06.jpg", other / "photo_00.jpg")
    run(few, "-o", out)
    before = stamps(out)
    assert run(other, "-o", out) == 0
    assert {row["file"] for row in lines(out).values()} >= {str(other / "photo_00.jpg"), str(few / "two.png")}
    assert stamps(out)["two.png"] == before["two.png"] and stamps(out)["photo_00.jpg"] != before["photo_00.jpg"]


def test_a_line_cut_off_and_a_picture_without_a_line_are_done_again(few, tmp_path):
    out = tmp_path / "out"
    run(few, "-o", out)
    whole = lines(out)
    text = (out / "gazehub.csv").read_text()
    (out / "gazehub.csv").write_text(text[: text.index("two.png") + 20])
    assert run(few, "-o", out) == 2
    assert lines(out) == whole


def test_a_csv_of_someone_else_is_kept(few, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "gazehub.csv").write_text("a,b\n1,2\n")
    assert run(few, "-o", out) == 2
    assert "no report of this program" in capsys.readouterr().err
    assert (out / "gazehub.csv").read_text() == "a,b\n1,2\n" and not stamps(out)


def test_photos_named_one_by_one_have_no_report(few, tmp_path):
    assert run(few / "photo_00.jpg", few / "two.png", "-o", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["photo_00.jpg", "two.png"]


def test_lines_in_a_store_survive_a_stop():
    """Groups are written as they fill; the last one, not yet written, is done again."""
    import fsspec

    store = fsspec.filesystem("memory")
    names = {f"memory://photos/{number}.jpg": f"{number}.jpg" for number in range(GROUP + 5)}
    report = StoreReport("memory://out", names, "s")
    assert report.resume() == Done()
    for photo, name in names.items():
        store.pipe_file(f"/out/{name}", b"picture")
        report.commit(Record(photo, name, WRITTEN))
    stopped = StoreReport("memory://out", names, "s")
    done = stopped.resume()
    assert len(done.photos) == GROUP
    for photo in set(names) - done.photos:
        stopped.commit(Record(photo, names[photo], WRITTEN))
    stopped.close()
    assert len(StoreReport("memory://out", names, "s").resume().photos) == GROUP + 5
    assert len([name for name in store.ls("/out", detail=False) if name.endswith(".csv")]) == 1
    assert not StoreReport("memory://out", names, "t").resume().photos
