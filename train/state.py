"""The whole state of a run in one safetensors file, so that a resumed run equals an uninterrupted one."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer


def save_state(path: Path, step: int, modules: dict[str, nn.Module], optimizers: dict[str, Optimizer]) -> None:
    """Write networks, optimisers, the random generator and the step; the old file stays whole until the new one is."""
    tensors = {"random": torch.get_rng_state()}
    for name, module in modules.items():
        tensors |= {f"{name}/{key}": value for key, value in module.state_dict().items()}
    for name, optimizer in optimizers.items():
        for index, slots in optimizer.state_dict()["state"].items():
            tensors |= {f"{name}/{index}/{slot}": value for slot, value in slots.items()}
    partial = path.with_suffix(".partial")
    save_file({key: value.clone().contiguous() for key, value in tensors.items()}, partial, {"step": str(step)})
    os.replace(partial, path)


def load_state(path: Path, modules: dict[str, nn.Module], optimizers: dict[str, Optimizer]) -> int:
    """Restore what `save_state` wrote; returns the step it was written at."""
    with safe_open(path, "pt") as file:
        step = int(file.metadata()["step"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    torch.set_rng_state(tensors.pop("random"))
    for name, module in modules.items():
        module.load_state_dict(_part(tensors, name))
    for name, optimizer in optimizers.items():
        slots: dict[int, dict] = {}
        for key, value in _part(tensors, name).items():
            index, slot = key.split("/")
            slots.setdefault(int(index), {})[slot] = value
        optimizer.load_state_dict({"state": slots, "param_groups": optimizer.state_dict()["param_groups"]})
    return step


def _part(tensors: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    prefix = f"{name}/"
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
