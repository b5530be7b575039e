"""The evaluation on a tiny corpus: every measure, and the files it writes."""

import csv
import json

import numpy as np
import pytest

from gazehub.landmarks import FaceLandmarker
from train.evaluate import Case, eye_box, main, summarize


def case(before, after, source="a", outside=0):
    eyes = np.zeros((192, 691, 3), np.uint8)
    return Case("name", source, before, after, outside, eyes, eyes, 50.0, 0.0)


def test_measures():
    cases = [case(0.10, 0.02), case(0.10, 0.04), case(0.10, 0.06), case(0.06, 0.029, "b")]
    cases += [case(0.01, 0.02), case(0.02, 0.05, outside=3)]
    report = summarize(cases)["all"]
    assert (report["averted"], report["camera"]) == (4, 2)
    assert report["moved half-way"] == 0.75
    assert report["eye contact"] == 0.5
    assert report["stays"] == 0.5
    assert report["outside"] == 3
    assert summarize(cases)["b"]["eye contact"] == 1


def test_eye_box_holds_the_mask(one_face, landmarker: FaceLandmarker, pipe):
    changed = (np.asarray(pipe.correct(one_face).image) != one_face).any(axis=-1)
    for eye in landmarker(one_face)[0].eyes:
        left, top, right, bottom = eye_box(eye.frame)
        assert changed[top:bottom, left:right].any()
        changed[top:bottom, left:right] = False
    assert not changed.any()


def test_command_line(corpus_folder, portraits, weights, tmp_path, capsys):
    with open(corpus_folder / "faces.csv") as handle:
        held_out = {row["file"] for row in csv.DictReader(handle) if row["split"] == "test"}
    arguments = [str(corpus_folder), str(portraits), "--weights", str(weights), "-o", str(tmp_path)]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "report.json").read_text())
    assert printed["all"]["outside"] == 0
    with open(tmp_path / "cases.csv") as handle:
        evaluated = {row["name"] for row in csv.DictReader(handle)}
    assert evaluated and evaluated <= held_out
    assert len(evaluated) == printed["all"]["averted"] + printed["all"]["camera"]


def test_unknown_weights_are_an_error(corpus_folder, portraits, tmp_path, capsys):
    assert main([str(corpus_folder), str(portraits), "--weights", str(tmp_path / "nothing")]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["faces.csv"])
def test_a_folder_that_is_no_corpus(portraits, weights, tmp_path, missing, capsys):
    assert main([str(tmp_path), str(portraits), "--weights", str(weights)]) == 2
    assert missing in capsys.readouterr().err
