"""The evaluation on a tiny corpus: every measure, and the files it writes."""

import csv
import json
import shutil
from functools import partial

import numpy as np
import pytest

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.model.patches import PATCH_SIZE
from gazehub.pipeline_gaze import GazePipeline
from train.corpus.batches import Corpus
from train.corpus.engines import local_engine
from train.corpus.prepare import prepare
from train.evaluation.cases import Case, eye_box, held_out_rows, labels_of
from train.evaluation.evaluate import groups, main, summarize_cases
from train.evaluation.measures.classifier import auc, balance, fit, scores
from train.evaluation.measures.directions import PITCHES, YAWS, summarize_directions
from train.evaluation.measures.quality import kept_quality, masked_ms_ssim, masked_psnr
from train.evaluation.measures.realism import Eyes, realism, surroundings


def case(before, after, source="a", outside=0, skipped=None, patches=None, person="someone"):
    patches = np.zeros((3, 2, *PATCH_SIZE, 3), np.uint8) if patches is None else patches
    eyes = np.zeros((2, 192, 691, 3), np.uint8)
    residuals = np.array([before, 0.0]), np.array([after, 0.0])
    return Case("name", source, person, *residuals, skipped, outside, patches, eyes, 50.0, 0.0)


def test_measures():
    cases = [case(0.10, 0.02), case(-0.10, 0.04), case(0.10, 0.06), case(0.06, -0.029, "b")]
    cases += [case(0.01, 0.02), case(0.02, -0.05, outside=3), case(0.10, 0.10, skipped="eyes hidden")]
    report = summarize_cases(cases)["cases"]
    assert (report["all"]["averted"], report["all"]["camera"], report["all"]["left alone"]) == (5, 2, 1)
    assert report["all"]["moved half-way"] == 0.6
    assert report["all"]["eye contact"] == 0.4
    assert report["all"]["stays"] == 0.5
    assert report["all"]["outside"] == 3
    assert report["b"]["eye contact"] == 1


def test_a_vertical_residual_weighs_more():
    down = case(0, 0)
    down.before = np.array([0.0, 0.04])
    assert down.size_before == pytest.approx(0.052)
    assert not down.looks_down
    down.before = np.array([0.0, 0.06])
    assert down.looks_down


def test_directions():
    rows = np.array([[yaw, pitch, 1.2 * yaw + 1, 0.5 * pitch] for yaw in YAWS for pitch in PITCHES])
    report = summarize_directions(rows)
    assert report["directions"] == 15
    assert report["error yaw"] == pytest.approx(np.abs(0.2 * np.array(YAWS) + 1).mean(), abs=0.01)
    assert report["error pitch"] == pytest.approx(10 / 3, abs=0.01)
    assert [value for key, value in report.items() if key.startswith("mean yaw")] == [[-23, -11, 1, 13, 25]]


def test_psnr_and_ms_ssim_look_inside_the_mask_only():
    rng = np.random.default_rng(0)
    a, mask = rng.random((*PATCH_SIZE, 3)), np.zeros(PATCH_SIZE)
    mask[20:44, 30:66] = 1
    b = a.copy()
    b[:3] = 0
    assert masked_psnr(a, b, mask) == 100 and masked_ms_ssim(a, b, mask) == pytest.approx(1)
    b[20:44, 30:66] += 0.1
    assert masked_psnr(a, b, mask) == pytest.approx(20)
    noisy = a + 0.3 * rng.normal(size=a.shape)
    assert masked_ms_ssim(a, noisy, mask) < 0.9


def test_auc():
    assert auc(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])) == 1
    assert auc(np.array([0.1, 0.8, 0.2, 0.9]), np.array([0, 0, 1, 1])) == 0.75
    assert auc(np.zeros(4), np.array([0, 0, 1, 1])) == 0.5


def test_the_classifier_finds_a_difference_and_none_where_there_is_none():
    rng = np.random.default_rng(0)
    patches = rng.random((400, 3, *PATCH_SIZE)).astype(np.float32) * 0.2 + 0.4
    labels, weights, known = np.tile([0.0, 1.0], 200), np.ones(400), slice(0, 320)

    def told():
        classifier = fit(patches[known], labels[known], weights[known])
        return auc(scores(classifier, patches[320:]), labels[320:])

    assert 0.25 < told() < 0.75
    patches[labels == 1, :, 30:50, 60:90] += 0.2
    assert told() > 0.9


def test_sources_do_not_give_the_classifier_away():
    labels, sources = np.array([1, 0, 0, 0, 1, 1, 1, 0]), np.repeat(["a", "b"], 4)
    weights = balance(labels, sources)
    for source in "ab":
        of_source = sources == source
        assert weights[of_source & (labels == 1)].sum() == pytest.approx(weights[of_source & (labels == 0)].sum())


def test_realism_needs_enough_faces(pipe, corpus_folder, portraits):
    few = [case(0.1, 0.0, "portraits"), case(0.0, 0.0, "portraits")]
    assert "held out" in realism(pipe, few, corpus_folder, portraits)["not measured"]
    assert "learn" in realism(pipe, [case(0.1, 0.0, "portraits")] * 20, corpus_folder, portraits)["not measured"]


def test_realism_of_what_was_corrected_and_of_what_was_turned(corpus_folder, portraits, tmp_path, monkeypatch):
    monkeypatch.setattr("train.evaluation.measures.realism.FEWEST", 1)
    folder = shutil.copytree(corpus_folder, tmp_path / "corpus")
    lines = (folder / "faces.csv").read_text().splitlines(keepends=True)
    lines[1::2] = [line.replace(",X,", ",Y,") for line in lines[1::2]]
    (folder / "faces.csv").write_text("".join(lines))
    cases = [case(0.1, 0.0, "portraits", patches=np.full((3, 2, *PATCH_SIZE, 3), 100, np.uint8))] * 2
    result = realism(GazePipeline.from_pretrained(), cases, folder, portraits)
    told = [result[kind] for kind in ("corrected", "surroundings", "turned eyeball")]
    assert result["learnt from"] > 0 and 0 <= min(told) and max(told) <= 1


def test_surroundings_show_nothing_that_may_be_redrawn():
    rng = np.random.default_rng(0)
    before = rng.random((1, 3, PATCH_HEIGHT, PATCH_WIDTH), dtype=np.float32)
    mask = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT))
    after = before + mask * (rng.random(before.shape, dtype=np.float32) - before)
    shown, redrawn = (surroundings(Eyes(patches, np.array(["a"]))).patches for patches in (before, after))
    assert np.array_equal(shown, redrawn) and np.array_equal(shown[..., mask == 0], before[..., mask == 0])


def test_portraits_are_measured_once_and_as_photographed(portraits, corpus_folder, tmp_path):
    """A head that was turned is in the corpus, but in no portrait."""
    camera = np.array(json.loads((corpus_folder / "manifest.json").read_text())["camera_coefficients"])
    (tmp_path / "photos").mkdir()
    for name in ("ada", "cleo", "emma"):
        shutil.copy(portraits / f"{name}_2.png", tmp_path / "photos")
    engine = partial(local_engine, 1)
    prepare(tmp_path / "photos", tmp_path, rotations=1, turned=1.0, holdout=1.0, engine=engine, camera=camera)
    corpus = Corpus(tmp_path, "test")
    assert corpus.turned.any() and corpus.camera_photos.tolist() == [0, 1, 2]
    assert [row["file"] for row in held_out_rows(tmp_path)] == ["ada_2.png", "cleo_2.png", "emma_2.png"]


def test_labels_make_groups(tmp_path):
    (tmp_path / "labels.csv").write_text("file,labels\na.jpg,glasses; dark skin\nb.jpg,eyes hidden\nc.jpg,\n")
    labels = labels_of(tmp_path / "labels.csv")
    assert labels == {"a.jpg": {"glasses", "dark skin"}, "b.jpg": {"eyes hidden"}, "c.jpg": set()}
    cases = [case(0.10, 0.02), case(0.10, 0.10, skipped="eyes hidden"), case(0.06, 0.01)]
    for one, name in zip(cases, labels):
        one.labels = labels[name]
    assert groups(cases)["glasses"]["averted"] == groups(cases)["glasses"]["eye contact"] == 1
    report = summarize_cases(cases)["cases"]
    assert (report["portraits"]["eye contact"], report["portraits with visible eyes"]["eye contact"]) == (0.667, 1)
    (tmp_path / "labels.csv").write_text("name,group\n")
    with pytest.raises(ValueError, match="needs the columns file and labels"):
        labels_of(tmp_path / "labels.csv")


def test_camera_portraits_that_stay_as_they_are():
    patches = np.random.default_rng(0).integers(0, 256, (3, 2, *PATCH_SIZE, 3), np.uint8)
    patches[1] = patches[0]
    assert kept_quality([case(0.0, 0.0, patches=patches)]) == {"eyes": 2, "PSNR": 100.0, "MS-SSIM": 1.0}
    patches[1, :, 20:40, 40:60] ^= 64
    assert kept_quality([case(0.0, 0.0, patches=patches)])["PSNR"] < 40
    assert kept_quality([case(0.1, 0.0, patches=patches)]) == {"eyes": 0}


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
    assert printed["cases"]["all"]["outside"] == 0
    assert {"groups", "each eye", "pairs", "kept", "realism", "identity"} <= set(printed)
    assert min(printed["speed"]["milliseconds"], printed["speed"]["averted"]) > 0
    with open(tmp_path / "cases.csv") as handle:
        evaluated = {row["name"] for row in csv.DictReader(handle)}
    assert evaluated and evaluated <= held_out
    assert list(tmp_path.glob("averted_*.png")) or list(tmp_path.glob("camera.png"))


def test_unknown_weights_are_an_error(corpus_folder, portraits, tmp_path, capsys):
    assert main([str(corpus_folder), str(portraits), "--weights", str(tmp_path / "nothing")]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["faces.csv"])
def test_a_folder_that_is_no_corpus(portraits, weights, tmp_path, missing, capsys):
    assert main([str(tmp_path), str(portraits), "--weights", str(weights)]) == 2
    assert missing in capsys.readouterr().err
