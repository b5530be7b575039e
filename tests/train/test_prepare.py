"""A folder of portraits becomes a corpus."""

import csv
import json
import shutil
import warnings
from functools import partial

import numpy as np
import pytest

from gazehub.files.images import load_image
from gazehub.gaze import LANDMARK_GAIN
from train.corpus.batches import MOST_OFTEN, Corpus, is_turned
from train.corpus.engines import local_engine
from train.corpus.people import Sitter, people_from_names, read_people
from train.corpus.prepare import TURN_YAW, fitted_camera, main, prepare
from train.corpus.shards import TURN_GAIN

ONE_PROCESS = partial(local_engine, 1)


@pytest.fixture
def chosen(portraits, tmp_path):
    """A function that makes a folder of some of the portraits."""

    def choose(*names):
        folder = tmp_path / "photos"
        folder.mkdir()
        for name in names:
            shutil.copy(portraits / name, folder)
        return folder

    return choose


def test_every_file_is_taken_or_rejected_with_a_reason(corpus_folder, portraits):
    taken = {row["file"] for row in csv.DictReader(open(corpus_folder / "faces.csv"))}
    rejected = {row["file"]: row["reason"] for row in csv.DictReader(open(corpus_folder / "rejected.csv"))}
    assert taken | set(rejected) == {path.name for path in portraits.iterdir()}
    assert len(taken) == 12
    assert "not a picture" in rejected["broken.jpg"]
    assert rejected["wall.png"] == "no face found"
    assert "tiny.png" in rejected


def test_people_are_not_divided_between_the_splits(corpus_folder):
    splits = {}
    for row in csv.DictReader(open(corpus_folder / "faces.csv")):
        splits.setdefault(row["person"], set()).add(row["split"])
    assert len(splits) == 6
    assert all(len(names) == 1 for names in splits.values())
    assert set.union(*splits.values()) == {"train", "test"}


def test_rotated_copies_keep_the_eyes_together(corpus_folder):
    offsets = np.load(corpus_folder / "offsets_00000.npy")
    moved = offsets[:, :, 2:] - offsets[:, :, :1]  # the first copy may bring each eye to the camera on its own way
    valid = np.isfinite(moved).all(axis=(1, 3))
    assert valid.any()
    left, right = moved[:, 0][valid], moved[:, 1][valid]
    np.testing.assert_allclose(left, right * [-1, 1], atol=1e-5)  # mirrored frames: the same point in space
    patches = np.load(corpus_folder / "patches_00000.npy", mmap_mode="r")
    face, copy = np.argwhere(valid)[0]
    assert (patches[face, 0, 2 + copy] != patches[face, 0, 0]).any()


def test_averted_eyes_are_brought_to_where_each_looks_into_the_lens(chosen, tmp_path):
    """The first copy, each eye for itself; the others keep together."""
    camera = np.array([[-0.02, -0.23, 0.06, 0.01], [-0.01, 0.03, -0.03, 0.0]])
    prepare(chosen("bea_2.png"), tmp_path, rotations=4, engine=ONE_PROCESS, camera=camera)
    assert [row["domain"] for row in csv.DictReader(open(tmp_path / "faces.csv"))] == ["Y"]
    offsets, lens = np.load(tmp_path / "offsets_00000.npy")[0], np.load(tmp_path / "camera.npy")[0]
    motion = offsets[:, 1:] - offsets[:, :1]
    assert np.isfinite(motion).all()
    np.testing.assert_allclose(motion[:, 0], (lens - offsets[:, 0]) * LANDMARK_GAIN / TURN_GAIN, atol=1e-5)
    apart = np.abs(motion[0] - motion[1] * [-1, 1]).max(axis=1)
    assert apart[0] > 1e-3 and apart[1:].max() < 1e-5


def test_some_heads_are_seen_turned(corpus_folder):
    rows = list(csv.DictReader(open(corpus_folder / "faces.csv")))
    photos, turned = ([row for row in rows if is_turned(row) == wanted] for wanted in (False, True))
    counts = json.loads((corpus_folder / "manifest.json").read_text())["counts"]
    assert counts["turned heads"] == len(turned) > 0
    patches = np.load(corpus_folder / "patches_00000.npy")
    for row in turned:
        (photo,) = (other for other in photos if other["file"] == row["file"])
        assert photo["domain"] == "X" and (row["person"], row["split"]) == (photo["person"], photo["split"])
        asked, seen = float(row["turned_yaw"]), float(row["yaw"]) - float(photo["yaw"])
        assert TURN_YAW[0] <= abs(asked) <= TURN_YAW[1] and 0.6 < seen / asked < 1.4
        own, straight = (patches[rows.index(each), :, 0].astype(int) for each in (row, photo))
        assert np.abs(own - straight).mean() > 3


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_heads_are_turned_as_often_as_asked_for(corpus_folder, chosen, tmp_path, share):
    """Those that face the camera, look into it, and are large: the woman with the smaller eyes stays as she is. Where
    a turn comes out badly it is left out."""
    camera = np.array(json.loads((corpus_folder / "manifest.json").read_text())["camera_coefficients"])
    photos = chosen("ada_1.jpg", "ada_2.png", "bea_2.png", "cleo_1.jpg", "cleo_2.png", "emma_2.png")
    manifest = prepare(photos, tmp_path, rotations=1, turned=share, engine=ONE_PROCESS, camera=camera)
    assert manifest["camera_coefficients"] == camera.tolist()
    turned = [row["file"] for row in csv.DictReader(open(tmp_path / "faces.csv")) if is_turned(row)]
    assert len(turned) == len(set(turned)) == manifest["counts"]["turned heads"] and "bea_2.png" not in turned
    assert bool(turned) == bool(share)


def test_manifest_tells_what_is_in_the_corpus(corpus_folder):
    manifest = json.loads((corpus_folder / "manifest.json").read_text())
    assert np.shape(manifest["camera_coefficients"]) == (2, 4)
    assert set(manifest["sha256"]) == {
        "patches_00000.npy",
        "offsets_00000.npy",
        "camera.npy",
        "faces.csv",
        "rejected.csv",
    }
    assert manifest["counts"]["rejected"] == 3


def test_batches_depend_on_the_seed_alone(corpus_folder):
    corpus = Corpus(corpus_folder, "train")
    first, second = (corpus.batch((0, 5), 2, 2) for _ in range(2))
    assert first.source.shape == (8, 3, 96, 144)
    assert (first.source == second.source).all() and (first.own == second.own).all()
    other = corpus.batch((0, 6), 2, 2)
    assert (first.source != other.source).any()


def test_a_few_averted_faces_do_not_fill_the_batches(corpus_folder):
    corpus = Corpus(corpus_folder, "train")
    corpus.turned, corpus.rarity = np.zeros(len(corpus), bool), np.r_[0.01, np.ones(len(corpus) - 1)]
    corpus.domain = np.array(["Y", *["X"] * (len(corpus) - 1)])
    drawn = corpus._draw(np.random.default_rng(0), 20_000, np.ones(len(corpus), bool))
    share = 0.01 / corpus.rarity.sum()
    assert 0.7 * MOST_OFTEN * share < (drawn == 0).mean() < 1.3 * MOST_OFTEN * share


def test_celebgaze_folders_give_the_domains(portraits, tmp_path):
    for domain in "01":
        (tmp_path / "photos" / domain).mkdir(parents=True)
    names = [path for path in sorted(portraits.glob("*_2.png"))]
    for index, path in enumerate(names):
        (tmp_path / "photos" / str(index % 2) / path.name).write_bytes(path.read_bytes())
    (tmp_path / "photos" / "eyes.txt").write_text("ada_2 10 10 20 10\n")
    with pytest.warns(UserWarning, match="No portrait is known to look into the lens"):
        prepare(tmp_path / "photos", tmp_path / "corpus", rotations=1, engine=ONE_PROCESS)
    rows = list(csv.DictReader(open(tmp_path / "corpus" / "faces.csv")))
    assert {row["file"][0]: row["domain"] for row in rows} == {"0": "Y", "1": "X"}
    rejected = list(csv.DictReader(open(tmp_path / "corpus" / "rejected.csv")))
    assert [row["file"] for row in rejected] == ["0/ada_2.png"]
    assert "where the list has the eyes" in rejected[0]["reason"]


def test_people_csv(portraits, tmp_path, capsys):
    bad = tmp_path / "people.csv"
    bad.write_text("name,id\nada_1.jpg,1\n")
    assert main([str(portraits), "-o", str(tmp_path / "corpus"), "--people", str(bad)]) == 2
    assert "file and person" in capsys.readouterr().err


def test_sitters_of_a_csv(tmp_path):
    table = tmp_path / "people.csv"
    table.write_text("file,person,source,camera\na.jpg,ann,film,yes\nb.jpg,ann,,no\nother.jpg,bo,,yes\n")
    assert read_people(table, ["a.jpg", "b.jpg", "c.jpg"]) == {
        "a.jpg": Sitter("ann", "film", at_camera=True),
        "b.jpg": Sitter("ann"),
        "c.jpg": Sitter("c.jpg"),
    }
    table.write_text("file,person\na.jpg,ann\n")
    assert read_people(table, ["a.jpg"]) == {"a.jpg": Sitter("ann")}


def test_those_who_are_known_to_look_into_the_lens_say_where_it_is(chosen, landmarker, tmp_path):
    photos, table = chosen("ada_1.jpg", "bea_1.jpg", "cleo_1.jpg"), tmp_path / "people.csv"
    table.write_text("file,person,camera\nada_1.jpg,ada,yes\nbea_1.jpg,bea,no\ncleo_1.jpg,cleo,yes\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        manifest = prepare(photos, tmp_path / "corpus", table, rotations=1, engine=ONE_PROCESS)
    faces = [landmarker(np.asarray(load_image(path)))[0] for path in sorted(photos.iterdir())]
    known, everybody = (fitted_camera(some).round(5) for some in (faces[::2], faces))
    np.testing.assert_allclose(manifest["camera_coefficients"], known, atol=2e-5)
    assert np.abs(known - everybody).max() > 1e-3


def test_a_corpus_of_the_version_before_is_refused(corpus_folder, tmp_path):
    rows = list(csv.reader(open(corpus_folder / "faces.csv")))
    (tmp_path / "faces.csv").write_text("".join(",".join(row[:-2]) + "\n" for row in rows))
    with pytest.raises(ValueError, match="corpus of gazehub 0.1: prepare it again"):
        Corpus(tmp_path, "train")


def test_folder_without_pictures(tmp_path, capsys):
    assert main([str(tmp_path), "-o", str(tmp_path / "corpus")]) == 2
    assert "holds no picture" in capsys.readouterr().err
    assert not (tmp_path / "corpus").exists()


def test_people_from_names():
    names = ["anna_01.jpg", "anna-2.jpg", "ben/1.jpg", "ben/2.jpg", "007.png"]
    people = people_from_names(names)
    assert people["anna_01.jpg"] == people["anna-2.jpg"] == Sitter("anna") != people["007.png"]
    assert people["ben/1.jpg"] == people["ben/2.jpg"]
    numbered = [f"IMG_{i:04}.jpg" for i in range(100)]
    assert len(set(people_from_names(numbered).values())) == 100
