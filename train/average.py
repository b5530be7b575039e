"""The mean of what runs from one start came to, which draws better than any of them (Wortsman et al., "Model soups",
ICML 2022).

    python -m train.average RUN RUN... -o FOLDER

FOLDER gets `weights/` and the `discriminator/` of the last run, so that training can go on from it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from gazehub.hub.weights import WeightsError
from gazehub.model.modeling_gaze import GazeModel
from train.initial import load_initial


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.average", description=__doc__.split("\n\n")[0])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folder of a run, or what else --init-from takes")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    args = parser.parse_args(argv)
    try:
        models, discriminators = zip(*map(load_initial, args.runs))
        mean = mean_of(models)
    except (WeightsError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    mean.save_pretrained(args.output / "weights")
    discriminators[-1].save_pretrained(args.output / "discriminator")
    return 0


def mean_of(models: tuple[GazeModel, ...]) -> GazeModel:
    """A model with the mean of each weight.

    Raises:
        ValueError: their settings differ.
    """
    first, *others = (dict(model.config) for model in models)
    if any(other != first for other in others):
        raise ValueError("These runs differ in the settings of their models, so their weights have no mean.")
    states = [model.state_dict() for model in models]
    mean = GazeModel.from_config(first)
    mean.load_state_dict({name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]})
    return mean


if __name__ == "__main__":
    sys.exit(main())
