"""What each part of the system brings: the same small training with one part left out at a time.

    python -m train.evaluation.ablate CORPUS PORTRAITS -o FOLDER [--config train/configs/ablation.yaml]

FOLDER gets the weights of every variant, and `ablation.json` with their evaluation reports. A variant whose weights
are there already is not trained again, so the same command goes on after a cut.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from gazehub.model.fields import Fields
from gazehub.model.layers import resize
from gazehub.model.modeling_gaze import GazeModel, PretrainedAutoencoder
from gazehub.model.patches import PATCH_SIZE
from gazehub.pipeline_gaze import GazePipeline
from train.config import TrainConfig
from train.corpus.batches import Corpus
from train.discriminator import Discriminator
from train.evaluation.evaluate import evaluate
from train.ranks import Ranks
from train.train import assemble, train_step

CONFIG = Path(__file__).parent.parent / "configs" / "ablation.yaml"


@dataclass
class Experiment:
    """What a variant changes before training starts."""

    config: TrainConfig
    corpus: Corpus
    model: GazeModel


class NoContent(PretrainedAutoencoder):
    """A content code that says nothing."""

    def encode(self, coarse: Tensor) -> Tensor:
        return 0 * super().encode(coarse)


class CoarseOnly(nn.Module):
    """In place of CFM: the in-painting, enlarged."""

    def forward(self, patch: Tensor, coarse: Tensor, before: Tensor, after: Tensor) -> Fields:
        still = torch.zeros_like(patch[:, :2])
        weights = torch.cat([torch.zeros_like(patch), torch.ones_like(patch[:, :1])], dim=1)
        return Fields(still, still, torch.zeros_like(before), weights, resize(coarse, PATCH_SIZE))


class PhotosAlone(Corpus):
    """Without rotated copies, as in the paper: photos restore themselves, and averted ones are asked to look into the
    lens without a picture of how that looks."""

    def __init__(self, folder: Path, split: str) -> None:
        super().__init__(folder, split)
        # One more column: the photo itself, labelled with the offset that looks into the lens.
        self.offsets = np.concatenate([self.offsets, self.camera[:, :, None]], axis=2)
        self.valid = np.zeros_like(self.valid)
        self.valid[:, 0] = True
        self.centerable, self.turnable = self.domain != "between", self.valid[:, 0]

    def _choose(self, rng: np.random.Generator, face: int, correct: bool) -> tuple[int, int, float]:
        return (0, -1, 0.0) if correct and self.domain[face] == "Y" else (0, 0, 1.0)

    def _patches(self, face: int) -> np.ndarray:
        patches = super()._patches(face)
        return np.concatenate([patches, patches[:, :1]], axis=1)


def without_pam(experiment: Experiment) -> None:
    settings = experiment.model.config
    experiment.model.pam = NoContent(settings.pam_channels, settings.content_dim)


def without_cfm(experiment: Experiment) -> None:
    experiment.model.cfm = CoarseOnly()


def without_pairs(experiment: Experiment) -> None:
    experiment.corpus = PhotosAlone(experiment.corpus.folder, "train")


def without_adversary(experiment: Experiment) -> None:
    weights = replace(experiment.config.weights, adversarial=0.0, features=0.0)
    experiment.config = replace(experiment.config, weights=weights)


VARIANTS: dict[str, Callable[[Experiment], None]] = {
    "everything": lambda experiment: None,
    "without PAM": without_pam,
    "without CFM": without_cfm,
    "without rotation pairs": without_pairs,
    "without the adversarial loss": without_adversary,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.ablate", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder that train.corpus.prepare wrote")
    parser.add_argument("portraits", type=Path, help="the portraits it was made from")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIG, help="the small training (default: %(default)s)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all)")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        config = TrainConfig.load(args.config)
        args.output.mkdir(parents=True, exist_ok=True)
        for name in VARIANTS:
            if not weights_file(args.output, name).exists():
                train_variant(name, config, args.corpus, args.output)
        reports = {}
        for name in VARIANTS:
            reports[name] = evaluate_variant(name, config, args.corpus, args.portraits, args.output)
            (args.output / "ablation.json").write_text(json.dumps(reports, indent=2) + "\n")
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def prepare_variant(name: str, config: TrainConfig, corpus_folder: Path) -> Experiment:
    """The untrained model of a variant, with what it is trained on and how."""
    torch.manual_seed(config.seed)
    manifest = json.loads((corpus_folder / "manifest.json").read_text())
    model = GazeModel(**config.model | {"camera_coefficients": manifest["camera_coefficients"]})
    experiment = Experiment(config, Corpus(corpus_folder, "train"), model)
    VARIANTS[name](experiment)
    return experiment


def train_variant(name: str, config: TrainConfig, corpus_folder: Path, output: Path) -> None:
    experiment = prepare_variant(name, config, corpus_folder)
    config, ranks = experiment.config, Ranks(experiment.config.corrections, experiment.config.animations)
    modules, optimizers = assemble(config, experiment.model, Discriminator(**config.discriminator), ranks)
    started = time.process_time()
    for step in range(config.steps):
        terms = train_step(step, config, experiment.corpus, modules, optimizers, ranks)
        if (step + 1) % 50 == 0:
            print(f"{name}: step {step + 1} of {config.steps}, loss {terms['loss']:.4f}", flush=True)
    minutes = (time.process_time() - started) / 60
    weights = {key: value.contiguous() for key, value in modules["average"].state_dict().items()}
    save_file(weights, weights_file(output, name), {"minutes": f"{minutes:.1f}"})


def evaluate_variant(name: str, config: TrainConfig, corpus_folder: Path, portraits: Path, output: Path) -> dict:
    """The report of `evaluate`, with the steps and the minutes of processor time that training took."""
    model = prepare_variant(name, config, corpus_folder).model
    with safe_open(weights_file(output, name), "pt") as file:
        minutes = float(file.metadata()["minutes"])
        model.load_state_dict({key: file.get_tensor(key) for key in file.keys()})
    report, _ = evaluate(GazePipeline(model), corpus_folder, portraits)
    return {"steps": config.steps, "processor minutes": minutes, **report}


def weights_file(output: Path, name: str) -> Path:
    return output / f"{name.replace(' ', '_')}.safetensors"


if __name__ == "__main__":
    sys.exit(main())
