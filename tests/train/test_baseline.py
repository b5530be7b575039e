"""The whole-face baseline: its geometry, that it learns, goes on after a cut, and is measured by the same script."""

import json

import numpy as np
import pytest
import torch
from torch.optim import Adam

from train.baselines.pipeline import WholeFacePipeline
from train.baselines.train_whole_face import aligned_faces, batch, gan_step, main, train
from train.baselines.whole_face import (
    EYES,
    WholeFaceCorrection,
    WholeFaceDiscriminator,
    align,
    alignment,
    cut_eyes,
    erased,
    eye_boxes,
)
from train.evaluation.evaluate import main as evaluate_main


def test_alignment_brings_the_eyes_where_the_boxes_are(one_face, face):
    matrix = alignment(face)
    centers = np.array(sorted((eye.frame.center for eye in face.eyes), key=lambda center: center[0]))
    assert np.abs(centers @ matrix[:, :2].T + matrix[:, 2] - EYES).max() < 0.5
    assert align(one_face, matrix).shape == (256, 256, 3)


def test_only_the_boxes_are_redrawn():
    model, picture = WholeFaceCorrection().eval(), torch.rand(2, 3, 256, 256) * 2 - 1
    with torch.inference_mode():
        drawn = model.correct(picture)
        picture[..., eye_boxes()[0][0], eye_boxes()[0][1]] = 0.5
        again = model(picture, model.pam.encode(cut_eyes(picture)))
    outside = (erased() == 0).expand_as(picture)
    assert torch.equal(drawn[outside], again[outside]) and not torch.equal(drawn, again)
    assert erased().sum() == 2 * 50 * 30


def test_what_the_boxes_hold_reaches_the_network_as_content_only():
    model, picture = WholeFaceCorrection().eval(), torch.rand(1, 3, 256, 256) * 2 - 1
    with torch.inference_mode():
        content = model.pam.encode(cut_eyes(picture))
        first = model(picture, content)
        rows, columns = eye_boxes()[1]
        picture[..., rows, columns] = 0
        assert torch.equal(model(picture, content), first)


@pytest.fixture(scope="module")
def run(corpus_folder, portraits, tmp_path_factory):
    output = tmp_path_factory.mktemp("whole_face")
    assert main([str(corpus_folder), str(portraits), "-o", str(output), "--minutes", "0.02"]) == 0
    return output


def test_a_run_goes_on_until_its_time_is_used(run, corpus_folder, portraits):
    rows = (run / "log.csv").read_text().splitlines()
    faces = aligned_faces(corpus_folder, portraits, run)
    train(faces, corpus_folder, run, minutes=0.01)
    assert (run / "log.csv").read_text().splitlines() == rows
    train(faces, corpus_folder, run, minutes=float(rows[-1].split(",")[1]) + 0.01)
    more = (run / "log.csv").read_text().splitlines()
    assert int(more[-1].split(",")[0]) > int(rows[-1].split(",")[0])


def test_it_learns_to_restore_eyes(run, corpus_folder, portraits):
    torch.manual_seed(0)
    model, discriminator = WholeFaceCorrection(width=8), WholeFaceDiscriminator(width=8)
    optimizers = {
        "generator": Adam([p for n, p in model.named_parameters() if not n.startswith("pam.")], 1e-3),
        "critic": Adam(discriminator.parameters(), 1e-5),
    }
    picture = batch(aligned_faces(corpus_folder, portraits, run), 0)[:2]
    losses = [gan_step(model, discriminator, picture, optimizers)["reconstruction"] for _ in range(8)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_same_script_measures_it(run, corpus_folder, portraits, tmp_path, capsys):
    arguments = [str(corpus_folder), str(portraits), "--baseline", str(run / "weights"), "-o", str(tmp_path)]
    assert evaluate_main(arguments) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["cases"]["all"]["camera"] + report["cases"]["all"]["averted"] > 0
    assert report["speed"]["milliseconds"] > 0 and "redirect" not in report


def test_a_photo_keeps_its_size(run, two_faces):
    output = WholeFacePipeline.from_pretrained(run / "weights").correct(two_faces)
    assert output.image.size == two_faces.shape[1::-1]
    assert np.array_equal(np.asarray(output.image)[:, :500], two_faces[:, :500])  # the smaller face
