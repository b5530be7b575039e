"""The mean of the weights of several runs."""

import pytest
import torch

from gazehub import GazeModel
from tests.conftest import TINY
from train.average import main
from train.discriminator import Discriminator
from train.initial import load_initial


def run_of(folder, seed, **settings):
    torch.manual_seed(seed)
    GazeModel(**{**TINY, **settings}).save_pretrained(folder / "weights")
    Discriminator(channels=(8, 8, 8, 8)).save_pretrained(folder / "discriminator")
    return str(folder)


@pytest.fixture
def runs(tmp_path):
    return [run_of(tmp_path / str(seed), seed) for seed in range(3)]


def test_each_weight_is_the_mean_and_training_can_go_on(runs, tmp_path):
    assert main([*runs, "-o", str(tmp_path / "mean")]) == 0
    states = [load_initial(run)[0].state_dict() for run in runs]
    mean, discriminator = load_initial(str(tmp_path / "mean"))
    for name, value in mean.state_dict().items():
        assert torch.allclose(value, sum(state[name] for state in states) / 3, atol=1e-6)
    assert not torch.equal(states[0]["cfm.net.stem.weight"], states[1]["cfm.net.stem.weight"])
    last = load_initial(runs[-1])[1].state_dict()
    assert all(torch.equal(value, last[name]) for name, value in discriminator.state_dict().items())


def test_what_has_no_mean_is_said(runs, tmp_path, capsys):
    for wrong in (run_of(tmp_path / "other", 9, content_dim=16), str(tmp_path / "nothing")):
        assert main([runs[0], wrong, "-o", str(tmp_path / "mean")]) == 2
        assert "error:" in capsys.readouterr().err and not (tmp_path / "mean").exists()
