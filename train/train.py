"""Train a GazeModel on a prepared corpus; one config file per published checkpoint.

    python -m train.train train/configs/base.yaml --corpus CORPUS -o RUN
    accelerate launch -m train.train train/configs/base.yaml --corpus CORPUS -o RUN    # any number of processes

RUN gets `state.safetensors` (everything needed to go on: start the same command again), `log.csv`, sample sheets of
held-out faces, `config.yaml` and the corpus's `manifest.json`, and `weights/`, the moving average that is published.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
import yaml
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from gazehub.model.modeling_gaze import GazeModel
from train.config import TrainConfig
from train.corpus.batches import Corpus
from train.discriminator import Discriminator
from train.evaluation.sheet import sample_sheet
from train.initial import load_initial
from train.log import Log
from train.objective import discriminator_loss, encoder_loss, generator_loss
from train.ranks import Ranks
from train.state import load_state, save_state


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.train", description=__doc__.split("\n")[0])
    parser.add_argument("config", type=Path, help="train/configs/*.yaml")
    parser.add_argument("--corpus", type=Path, required=True, help="folder that train.corpus.prepare wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="run folder; an unfinished run goes on")
    parser.add_argument(
        "--init-from",
        metavar="SOURCE",
        help='start from published weights and their discriminator: "bundled", a run folder, or a hub id[@revision]',
    )
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")
    parser.add_argument("--stop-after", type=int, help="stop at this step as if cut off, to go on later")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        train(TrainConfig.load(args.config), args.corpus, args.output, args.stop_after, args.init_from)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train(
    config: TrainConfig,
    corpus_folder: Path,
    output: Path,
    stop_after: int | None = None,
    init_from: str | None = None,
) -> GazeModel:
    """Run, or go on with, the training that `config` describes; returns the moving average.

    Under `accelerate launch` every process takes its share of the same batches, and the first one writes.
    """
    ranks = Ranks(config.corrections, config.animations)
    corpus, held_out = Corpus(corpus_folder, "train"), Corpus(corpus_folder, "test")
    manifest = json.loads((corpus_folder / "manifest.json").read_text())
    torch.manual_seed(config.seed)
    camera = {"camera_coefficients": manifest["camera_coefficients"]}
    if init_from:
        model, discriminator = load_initial(init_from)
        model.register_to_config(**camera)
    else:
        model, discriminator = GazeModel(**{**config.model, **camera}), Discriminator(**config.discriminator)
    modules, optimizers = assemble(config, model, discriminator, ranks)
    state, start = output / "state.safetensors", 0
    if state.exists():
        start = load_state(state, modules, optimizers)
        ranks.say(f"going on at step {start}")
    log = None
    if ranks.first:
        output.mkdir(parents=True, exist_ok=True)
        (output / "config.yaml").write_text(yaml.safe_dump(asdict(config), sort_keys=False))
        (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        log = Log(output / "log.csv", start)
    ranks.wait()
    saved, end = time.monotonic(), min(config.steps, stop_after or config.steps)
    for step in range(start, end):
        terms = ranks.mean(train_step(step, config, corpus, modules, optimizers, ranks))
        if log is None:
            continue
        log.add(step, terms)
        if time.monotonic() - saved > 60 * config.save_minutes or step + 1 == end:
            save_run(output, step + 1, modules, optimizers, held_out)
            saved = time.monotonic()
    ranks.require_equal(modules["average"])
    ranks.end()
    return modules["average"]


def assemble(config: TrainConfig, model: GazeModel, discriminator: Discriminator, ranks: Ranks) -> tuple[dict, dict]:
    """The networks of a run with the moving average of the model, and their optimisers."""
    model = model.train().to(ranks.device, memory_format=torch.channels_last)
    discriminator = discriminator.train().to(ranks.device, memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False).eval()
    optimizers = {
        "generator": Adam(model.parameters(), config.learning_rate, betas=(0.9, 0.99)),
        "critic": Adam(discriminator.parameters(), config.discriminator_learning_rate, betas=(0.5, 0.99)),
    }
    return {"model": model, "average": average, "discriminator": discriminator}, optimizers


def train_step(
    step: int, config: TrainConfig, corpus: Corpus, modules: dict, optimizers: dict[str, Optimizer], ranks: Ranks
) -> dict[str, Tensor]:
    """One step; its batch depends on the seed and the step alone."""
    model, average, discriminator = modules["model"], modules["average"], modules["discriminator"]
    share = rate_share(step, config)
    optimizers["generator"].param_groups[0]["lr"] = config.learning_rate * share
    optimizers["critic"].param_groups[0]["lr"] = config.discriminator_learning_rate * share
    batch = corpus.batch((config.seed, step), config.corrections, config.animations, ranks.index, ranks.count)
    batch = batch.to(ranks.device)
    adversarial = step >= config.adversarial_step
    with ranks.autocast():
        if step < config.encoder_steps:
            loss, _, _, terms = encoder_loss(model, batch, config.weights)
        else:
            discriminator.requires_grad_(False)
            judge = discriminator if adversarial else None
            corrections = config.corrections // ranks.count
            loss, drawn, terms = generator_loss(model, average, judge, batch, corrections, config.weights)
    _update(optimizers["generator"], model, loss, ranks)
    if step >= config.encoder_steps and adversarial:
        discriminator.requires_grad_(True)
        with ranks.autocast():
            terms["discriminator"] = discriminator_loss(discriminator, batch, drawn)
        _update(optimizers["critic"], discriminator, terms["discriminator"], ranks)
    _follow(average, model, min(config.average, (step + 1) / (step + 10)))
    return {name: value.detach() for name, value in terms.items()} | {"loss": loss.detach()}


def rate_share(step: int, config: TrainConfig) -> float:
    """What is left of the learning rates: 1, then down to 0.05 while the run settles."""
    settle = min(config.settle_steps, config.steps)
    settled = max(0, step - (config.steps - settle)) / settle
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * settled))


def _update(optimizer: Optimizer, module: nn.Module, loss: Tensor, ranks: Ranks) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    ranks.average_gradients(module)
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


if __name__ == "__main__":
    sys.exit(main())
