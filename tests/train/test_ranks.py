"""Training in two processes (gloo, CPU) against one: the same gradients, the same weights, one writer."""

import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from tests.train.test_train import CONFIG
from train.train import train

ROOT = Path(__file__).parents[2]
CLOSE = 2e-5  # runs of two seeds differ by over a hundred times as much
SHARED = replace(CONFIG, steps=20, encoder_steps=4, adversarial_step=10, corrections=2, animations=2)


def launch(config, corpus, output, processes, *arguments):
    """Several CPU processes, as the README shows it; `accelerate launch` sets the same environment on GPUs."""
    (output.parent / "config.yaml").write_text(yaml.safe_dump(asdict(config)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command += ["-m", "train.train", str(output.parent / "config.yaml"), "--corpus", str(corpus), "-o", str(output)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    return subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=ROOT, env=env)


def state(folder):
    return load_file(folder / "state.safetensors")


def distance(one, other):
    """The mean difference of a weight; single ones differ, as Adam turns rounding of tiny gradients into steps."""
    weights = [key for key in one if key.startswith(("model/", "average/", "discriminator/"))]
    assert one.keys() == other.keys() and weights
    return torch.cat([(one[key].float() - other[key].float()).abs().flatten() for key in weights]).mean().item()


@pytest.fixture(scope="module")
def alone(corpus_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    train(SHARED, corpus_folder, folder)
    return state(folder)


def test_other_seeds_are_far(corpus_folder, alone, tmp_path):
    train(replace(SHARED, seed=1), corpus_folder, tmp_path)
    assert distance(state(tmp_path), alone) > 100 * CLOSE


def test_two_processes_equal_one_and_one_writes(corpus_folder, alone, tmp_path):
    done = launch(SHARED, corpus_folder, tmp_path / "two", 2)
    assert done.returncode == 0, done.stderr
    assert "all 2 processes hold the same weights" in done.stdout
    assert distance(state(tmp_path / "two"), alone) < CLOSE
    assert len(list((tmp_path / "two").glob("sheet_*.png"))) == 1
    assert done.stdout.count("step 19") == 1


def test_a_run_of_two_goes_on_as_one(corpus_folder, alone, tmp_path):
    done = launch(SHARED, corpus_folder, tmp_path / "run", 2, "--stop-after", "12")
    assert done.returncode == 0, done.stderr
    train(SHARED, corpus_folder, tmp_path / "run")
    assert distance(state(tmp_path / "run"), alone) < CLOSE


def test_gradients_are_those_of_the_whole_batch(corpus_folder, tmp_path):
    """One step from the same start: Adam's first moment is a tenth (generator) of the gradient."""
    for phase in ({"encoder_steps": 1, "steps": 1}, {"encoder_steps": 0, "adversarial_step": 0, "steps": 1}):
        config = replace(SHARED, **phase)
        place = tmp_path / str(phase["encoder_steps"])
        place.mkdir()
        train(config, corpus_folder, place / "one")
        done = launch(config, corpus_folder, place / "two", 2)
        assert done.returncode == 0, done.stderr
        one, two = state(place / "one"), state(place / "two")
        moments = [key for key in one if key.endswith("/exp_avg")]
        assert moments
        for key in moments:
            torch.testing.assert_close(one[key], two[key], rtol=1e-3, atol=3e-7)


def test_faces_that_can_not_be_shared_are_refused(corpus_folder, tmp_path):
    done = launch(replace(SHARED, corrections=3), corpus_folder, tmp_path / "run", 2)
    assert done.returncode != 0
    assert "can't share 3 + 2 faces evenly" in done.stderr
