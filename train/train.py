"""Train a GazeModel on a prepared corpus; one config file per published checkpoint.

    python -m train.train train/configs/base.yaml --corpus CORPUS -o RUN

RUN gets `state.safetensors` (everything needed to go on: start the same command again), `log.csv`, sample sheets of
held-out faces, `config.yaml` and the corpus's `manifest.json`, and `weights/`, the moving average that is published.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from gazehub.modeling_gaze import GazeModel
from train.corpus import Corpus
from train.discriminator import Discriminator
from train.objective import LossWeights, discriminator_loss, encoder_loss, generator_loss
from train.sheet import sample_sheet
from train.state import load_state, save_state


@dataclass
class TrainConfig:
    """One published checkpoint. `model` and `discriminator` are the arguments of those classes.

    Args:
        steps: optimiser steps in all.
        encoder_steps: the first steps, in which PAM and E_r learn alone.
        adversarial_step: the step at which the discriminator joins.
        corrections, animations: faces per step whose target looks into the camera, and anywhere.
        learning_rate: falls to a twentieth by a cosine.
        average: decay of the moving average of the weights.
        save_minutes: between checkpoints and sample sheets.
    """

    steps: int = 4000
    encoder_steps: int = 400
    adversarial_step: int = 1500
    corrections: int = 8
    animations: int = 8
    learning_rate: float = 4e-4
    discriminator_learning_rate: float = 2e-4
    average: float = 0.998
    save_minutes: float = 5.0
    seed: int = 0
    weights: LossWeights = field(default_factory=LossWeights)
    model: dict = field(default_factory=dict)
    discriminator: dict = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> TrainConfig:
        """Read a YAML file; an unknown key is an error."""
        values = yaml.safe_load(Path(path).read_text()) or {}
        values["weights"] = _known(LossWeights, values.get("weights") or {}, path)
        return _known(cls, values, path)


def _known(kind: type, values: dict, path: Path):
    unknown = set(values) - {f.name for f in fields(kind)}
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}")
    return kind(**values)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.train", description=__doc__.split("\n")[0])
    parser.add_argument("config", type=Path, help="train/configs/*.yaml")
    parser.add_argument("--corpus", type=Path, required=True, help="folder that train.prepare wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="run folder; an unfinished run goes on")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")
    parser.add_argument("--stop-after", type=int, help="stop at this step as if cut off, to go on later")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        train(TrainConfig.load(args.config), args.corpus, args.output, args.stop_after)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train(config: TrainConfig, corpus_folder: Path, output: Path, stop_after: int | None = None) -> GazeModel:
    """Run, or go on with, the training that `config` describes; returns the moving average."""
    corpus, held_out = Corpus(corpus_folder, "train"), Corpus(corpus_folder, "test")
    manifest = json.loads((corpus_folder / "manifest.json").read_text())
    torch.manual_seed(config.seed)
    camera = {"camera_coefficients": manifest["camera_coefficients"]}
    model = GazeModel(**{**config.model, **camera}).to(memory_format=torch.channels_last)
    discriminator = Discriminator(**config.discriminator).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False).eval()
    optimizers = {
        "generator": Adam(model.parameters(), config.learning_rate, betas=(0.9, 0.99)),
        "critic": Adam(discriminator.parameters(), config.discriminator_learning_rate, betas=(0.5, 0.99)),
    }
    modules = {"model": model, "average": average, "discriminator": discriminator}
    output.mkdir(parents=True, exist_ok=True)
    (output / "config.yaml").write_text(yaml.safe_dump(asdict(config), sort_keys=False))
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    state, start = output / "state.safetensors", 0
    if state.exists():
        start = load_state(state, modules, optimizers)
        print(f"going on at step {start}", flush=True)
    log = Log(output / "log.csv", start)
    saved = time.monotonic()
    for step in range(start, min(config.steps, stop_after or config.steps)):
        terms = train_step(step, config, corpus, modules, optimizers)
        log.add(step, terms)
        if time.monotonic() - saved > 60 * config.save_minutes:
            save_run(output, step + 1, modules, optimizers, held_out)
            saved = time.monotonic()
    save_run(output, min(config.steps, stop_after or config.steps), modules, optimizers, held_out)
    return average


def train_step(
    step: int, config: TrainConfig, corpus: Corpus, modules: dict, optimizers: dict[str, Optimizer]
) -> dict[str, Tensor]:
    """One step; its batch depends on the seed and the step alone."""
    model, average, discriminator = modules["model"], modules["average"], modules["discriminator"]
    decay = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / config.steps))
    optimizers["generator"].param_groups[0]["lr"] = config.learning_rate * decay
    optimizers["critic"].param_groups[0]["lr"] = config.discriminator_learning_rate * decay
    batch = corpus.batch(np.random.default_rng([config.seed, step]), config.corrections, config.animations)
    if step < config.encoder_steps:
        loss, _, _, terms = encoder_loss(model, batch, config.weights)
        _update(optimizers["generator"], model, loss)
    else:
        adversarial = step >= config.adversarial_step
        discriminator.requires_grad_(False)
        loss, drawn, terms = generator_loss(
            model, average, discriminator if adversarial else None, batch, config.corrections, config.weights
        )
        _update(optimizers["generator"], model, loss)
        if adversarial:
            discriminator.requires_grad_(True)
            terms["discriminator"] = discriminator_loss(discriminator, batch, drawn)
            _update(optimizers["critic"], discriminator, terms["discriminator"])
    _follow(average, model, min(config.average, (step + 1) / (step + 10)))
    return {name: value.detach() for name, value in terms.items()} | {"loss": loss.detach()}


def _update(optimizer: Optimizer, module: nn.Module, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0, error_if_nonfinite=True)
    optimizer.step()


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, decay: float) -> None:
    for kept, new in zip(average.parameters(), model.parameters()):
        kept.lerp_(new, 1 - decay)


def save_run(output: Path, step: int, modules: dict, optimizers: dict[str, Optimizer], held_out: Corpus) -> None:
    """Checkpoint, published weights and a sample sheet of held-out faces."""
    save_state(output / "state.safetensors", step, modules, optimizers)
    modules["average"].save_pretrained(output / "weights")
    modules["discriminator"].save_pretrained(output / "discriminator")
    sample_sheet(modules["average"], held_out).save(output / f"sheet_{step:06d}.png")


class Log:
    """Means over every 20 steps, as rows of a CSV file and on the screen."""

    def __init__(self, path: Path, start: int, every: int = 20) -> None:
        self.path, self.every, self.sums, self.clock = path, every, {}, time.monotonic()
        self.columns = [
            "step",
            "seconds",
            "loss",
            "content",
            "angle",
            "coarse",
            "fine",
            "edges",
            "gaze",
            "gaze_coarse",
        ]
        self.columns += ["consistency", "smooth", "cycle", "decisive", "adversarial", "features", "discriminator"]
        rows = []
        if start and path.exists():
            with open(path, newline="") as handle:
                rows = [row for row in csv.DictReader(handle) if int(row["step"]) < start]
        with open(path, "w", newline="") as handle:
            writer = csv.DictWriter(handle, self.columns)
            writer.writeheader()
            writer.writerows(rows)

    def add(self, step: int, terms: dict[str, Tensor]) -> None:
        for name, value in terms.items():
            self.sums.setdefault(name, []).append(value)
        if (step + 1) % self.every:
            return
        row = {"step": step, "seconds": f"{(time.monotonic() - self.clock) / self.every:.3f}"}
        row |= {name: f"{torch.stack(values).mean().item():.5f}" for name, values in self.sums.items()}
        with open(self.path, "a", newline="") as handle:
            csv.DictWriter(handle, self.columns).writerow(row)
        print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        self.sums, self.clock = {}, time.monotonic()


if __name__ == "__main__":
    sys.exit(main())
