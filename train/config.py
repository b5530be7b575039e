"""The settings of one published checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

import yaml

from train.objective import LossWeights


@dataclass
class TrainConfig:
    """One published checkpoint. `model` and `discriminator` are the arguments of those classes.

    Args:
        steps: optimiser steps in all.
        encoder_steps: the first steps, in which PAM and E_r learn alone.
        adversarial_step: the step at which the discriminator joins.
        corrections, animations: faces per step whose target looks into the camera, and anywhere.
        learning_rate: of the model's; it and the discriminator's stay as they are until the last `settle_steps`.
        settle_steps: in which they fall to a twentieth by a cosine. A run that is to go on longer goes on from a state
            before them.
        average: decay of the moving average of the weights.
        save_minutes: between checkpoints and sample sheets.
    """

    steps: int = 4000
    encoder_steps: int = 400
    adversarial_step: int = 1500
    corrections: int = 8
    animations: int = 8
    settle_steps: int = 4000
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
