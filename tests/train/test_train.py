"""Training at tiny size: it learns, it resumes as if it had never stopped, it publishes weights that load."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.patches import PATCH_SIZE
from tests.conftest import TINY
from train.config import TrainConfig
from train.corpus.batches import Corpus
from train.discriminator import Discriminator
from train.evaluation.curves import main as curves_main
from train.objective import LossWeights, generator_loss
from train.train import main, rate_share, train

CONFIG = TrainConfig(
    steps=9,
    encoder_steps=3,
    adversarial_step=6,
    corrections=1,
    animations=1,
    model=TINY,
    discriminator={"channels": [8, 8, 8, 8]},
)


def published(folder):
    return load_file(folder / "weights" / "diffusion_pytorch_model.safetensors")


def test_resumed_run_equals_an_uninterrupted_one(corpus_folder, tmp_path):
    train(CONFIG, corpus_folder, tmp_path / "whole")
    for stop in (2, 5, 7, None):  # in every phase
        train(CONFIG, corpus_folder, tmp_path / "cut", stop_after=stop)
    whole, cut = load_file(tmp_path / "whole" / "state.safetensors"), load_file(tmp_path / "cut" / "state.safetensors")
    assert whole.keys() == cut.keys()
    for key, value in whole.items():
        assert torch.equal(value, cut[key]), key
    other = replace(CONFIG, seed=1)
    train(other, corpus_folder, tmp_path / "other")
    assert any(not torch.equal(v, published(tmp_path / "other")[k]) for k, v in published(tmp_path / "whole").items())


def test_what_is_in_painted_costs(corpus_folder):
    torch.manual_seed(0)
    model, discriminator = GazeModel(**TINY), Discriminator((8, 8, 8, 8)).eval()
    batch = Corpus(corpus_folder, "train").batch((0, 0), 2, 2)
    free, dear = (
        generator_loss(model, model, discriminator, batch, 2, LossWeights(filled=weight)) for weight in (0.0, 1.0)
    )
    share = dear[2]["filled"]
    assert 0 < share < 1 and free[2]["filled"] == share
    assert (dear[0] - free[0]).item() == pytest.approx(share.item(), abs=1e-5)


def test_published_weights_load_and_carry_the_camera_regression(corpus_folder, tmp_path):
    average = train(replace(CONFIG, steps=4), corpus_folder, tmp_path)
    model = GazeModel.from_pretrained(tmp_path / "weights")
    assert np.shape(model.config.camera_coefficients) == (2, 4)
    patch = torch.rand(2, 3, *PATCH_SIZE)
    torch.testing.assert_close(model.encode(patch), average.encode(patch))
    assert list(tmp_path.glob("sheet_*.png"))


def test_curves_of_a_run(tmp_path, capsys):
    assert curves_main(["train/base/log.csv", str(tmp_path / "curves.png")]) == 0
    assert Image.open(tmp_path / "curves.png").width > 800
    (tmp_path / "log.csv").write_text("step,loss\n")
    assert curves_main([str(tmp_path / "log.csv"), str(tmp_path / "again.png")]) == 2
    assert "has no rows yet" in capsys.readouterr().err and not (tmp_path / "again.png").exists()


def test_it_learns(corpus_folder, tmp_path):
    config = replace(CONFIG, steps=120, encoder_steps=60, adversarial_step=119, learning_rate=2e-3)
    train(config, corpus_folder, tmp_path)
    rows = list(csv.DictReader(open(tmp_path / "log.csv")))
    assert float(rows[2]["angle"]) < 0.7 * float(rows[0]["angle"])
    assert float(rows[-1]["fine"]) < 0.8 * float(rows[3]["fine"])


def test_command_line(corpus_folder, tmp_path, capsys):
    config = tmp_path / "tiny.yaml"
    config.write_text(
        yaml.safe_dump({"steps": 2, "encoder_steps": 1, "corrections": 1, "animations": 1, "model": TINY})
    )
    arguments = [str(config), "--corpus", str(corpus_folder), "-o", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert main(arguments) == 0  # finished: nothing left to do
    assert "going on at step 2" in capsys.readouterr().out
    config.write_text("stpes: 2\n")
    assert main(arguments) == 2
    assert "unknown stpes" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["base", "clean"])
def test_published_configs_are_valid(name):
    config = TrainConfig.load(f"train/configs/{name}.yaml")
    GazeModel(**config.model)


def test_fine_tuning_starts_from_published_weights(corpus_folder, tmp_path):
    train(CONFIG, corpus_folder, tmp_path / "base")
    tuning = replace(CONFIG, steps=1, encoder_steps=0, adversarial_step=0, learning_rate=1e-6)
    tuning = replace(tuning, discriminator_learning_rate=1e-6, model={}, discriminator={})
    train(tuning, corpus_folder, tmp_path / "tuned", init_from=str(tmp_path / "base"))
    base, tuned = (load_file(tmp_path / name / "state.safetensors") for name in ("base", "tuned"))
    for name in ("discriminator", "average"):  # the published generator is the average
        keys = [key for key in base if key.startswith(f"{name}/") and "parametrizations" not in key]
        moved = [(base[key] - tuned[key]).abs().max().item() for key in keys]
        assert keys and 0 < max(moved) < 1e-4

    hub_layout = tmp_path / "repository"
    shutil.copytree(tmp_path / "base" / "weights", hub_layout)
    shutil.copytree(tmp_path / "base" / "discriminator", hub_layout / "training" / "discriminator")
    train(tuning, corpus_folder, tmp_path / "again", init_from=str(hub_layout))
    assert load_file(tmp_path / "again" / "state.safetensors").keys() == tuned.keys()


def test_fine_tuning_without_a_discriminator_is_refused(corpus_folder, weights, tmp_path, capsys):
    path = tmp_path / "tiny.yaml"
    path.write_text("steps: 1\n")
    arguments = [str(path), "--corpus", str(corpus_folder), "-o", str(tmp_path / "run")]
    assert main([*arguments, "--init-from", str(weights)]) == 2
    assert "no discriminator" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_rates_stay_and_then_settle():
    long = replace(CONFIG, steps=100, settle_steps=20)
    assert [rate_share(step, long) for step in (0, 80)] == [1, 1]
    assert 1 > rate_share(85, long) > rate_share(99, long) > 0.05
    assert rate_share(50, replace(CONFIG, steps=100)) == pytest.approx(0.525)  # a short run does nothing else
