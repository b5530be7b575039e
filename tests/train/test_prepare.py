"""A folder of portraits becomes a corpus."""

import csv
import json
from functools import partial

import numpy as np

from train.corpus.batches import Corpus
from train.corpus.engines import local_engine
from train.corpus.prepare import main, people_from_names, prepare


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
    moved = offsets[:, :, 1:] - offsets[:, :, :1]
    valid = np.isfinite(moved).all(axis=(1, 3))
    assert valid.any()
    left, right = moved[:, 0][valid], moved[:, 1][valid]
    np.testing.assert_allclose(left, right * [-1, 1], atol=1e-5)  # mirrored frames: the same point in space
    patches = np.load(corpus_folder / "patches_00000.npy", mmap_mode="r")
    face, copy = np.argwhere(valid)[0]
    assert (patches[face, 0, 1 + copy] != patches[face, 0, 0]).any()


def test_manifest_tells_what_is_in_the_corpus(corpus_folder):
    manifest = json.loads((corpus_folder / "manifest.json").read_text())
    assert np.shape(manifest["camera_coefficients"]) == (2, 5)
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
    assert first.source.shape == (8, 3, 64, 96)
    assert (first.source == second.source).all() and (first.own == second.own).all()
    other = corpus.batch((0, 6), 2, 2)
    assert (first.source != other.source).any()


def test_celebgaze_folders_give_the_domains(portraits, tmp_path):
    for domain in "01":
        (tmp_path / "photos" / domain).mkdir(parents=True)
    names = [path for path in sorted(portraits.glob("*_2.png"))]
    for index, path in enumerate(names):
        (tmp_path / "photos" / str(index % 2) / path.name).write_bytes(path.read_bytes())
    (tmp_path / "photos" / "eyes.txt").write_text("ada_2 10 10 20 10\n")
    prepare(tmp_path / "photos", tmp_path / "corpus", rotations=1, engine=partial(local_engine, 1))
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


def test_folder_without_pictures(tmp_path, capsys):
    assert main([str(tmp_path), "-o", str(tmp_path / "corpus")]) == 2
    assert "holds no picture" in capsys.readouterr().err
    assert not (tmp_path / "corpus").exists()


def test_people_from_names():
    names = ["anna_01.jpg", "anna-2.jpg", "ben/1.jpg", "ben/2.jpg", "007.png"]
    people = people_from_names(names)
    assert people["anna_01.jpg"] == people["anna-2.jpg"] != people["007.png"]
    assert people["ben/1.jpg"] == people["ben/2.jpg"]
    numbered = [f"IMG_{i:04}.jpg" for i in range(100)]
    assert len(set(people_from_names(numbered).values())) == 100
