"""Weights of gazehub 0.1, whose patches were 96 x 64, as a start for training at 144 x 96.

    python -m train.grow WEIGHTS DISCRIMINATOR -o START
    python -m train.train CONFIG --init-from START --corpus CORPUS -o RUN

Everything at the coarse size is taken as it is. The fine stage's first layer, which saw blocks of 4 x 4 pixels, gets
the same sums over blocks of 6 x 6, its last layers start without reflections of lamps, and the discriminator, whose
layers hold at any size, is copied.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from gazehub.model.modeling_gaze import FINE_UNSHUFFLE, GazeModel
from train.discriminator import Discriminator

OLD_UNSHUFFLE = 4


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.grow", description=__doc__.split("\n")[0])
    parser.add_argument("weights", type=Path, help="folder with config.json and diffusion_pytorch_model.safetensors")
    parser.add_argument("discriminator", type=Path, help="folder with the discriminator of these weights")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    args = parser.parse_args(argv)
    tensors = load_file(args.weights / "diffusion_pytorch_model.safetensors")
    if tensors["cfm.net.stem.weight"].shape[1] != 3 * OLD_UNSHUFFLE**2 + 20:
        print(f"error: {args.weights} holds no weights of gazehub 0.1", file=sys.stderr)
        return 2
    config = json.loads((args.weights / "config.json").read_text())
    config.pop("camera_coefficients")
    model = GazeModel.from_config(config)
    model.load_state_dict(grown(tensors, model.state_dict()))
    model.save_pretrained(args.output / "weights")
    Discriminator.from_pretrained(args.discriminator, use_safetensors=True).save_pretrained(
        args.output / "discriminator"
    )
    return 0


def grown(old: dict[str, Tensor], new: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the old model in the shapes of the new one."""
    stem = old["cfm.net.stem.weight"]
    patch, rest = stem.split([3 * OLD_UNSHUFFLE**2, stem.shape[1] - 3 * OLD_UNSHUFFLE**2], dim=1)
    blocks = patch.unflatten(1, (3, OLD_UNSHUFFLE, OLD_UNSHUFFLE))
    shares = torch.from_numpy(block_shares(OLD_UNSHUFFLE, FINE_UNSHUFFLE))
    blocks = torch.einsum("ocijhw,ik,jl->ocklhw", blocks, shares, shares)
    first, last = "cfm.blend_head.0.weight", "cfm.blend_head.2"
    details = torch.zeros_like(new[first])
    seen = old[first].shape[1] - 3  # the carried eyeball was seen in colour, now it is in its brightness
    details[:, :seen] = old[first][:, :seen]
    details[:, seen] = old[first][:, seen:].sum(dim=1)
    heads = {}
    for kind in ("weight", "bias"):
        ball, skin, fill, *residual = old[f"{last}.{kind}"]
        heads[f"{last}.{kind}"] = torch.stack([ball, skin, torch.zeros_like(ball), fill, *residual])
    return {**old, "cfm.net.stem.weight": torch.cat([blocks.flatten(1, 3), rest], dim=1), first: details, **heads}


def block_shares(old: int, new: int) -> np.ndarray:
    """(old, new) float32: how much of each of `old` cells of a line lies in each of `new` ones, as a mean."""
    edges = np.arange(old + 1) / old, np.arange(new + 1) / new
    low = np.maximum(edges[0][:-1, None], edges[1][None, :-1])
    high = np.minimum(edges[0][1:, None], edges[1][None, 1:])
    return (old * np.clip(high - low, 0, None)).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
