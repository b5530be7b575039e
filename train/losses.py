"""Losses as pure functions. Images are (B, 3, H, W) in 0..1, weights (B,); every function returns a scalar."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def masked_l1(a: Tensor, b: Tensor, mask: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute difference inside the mask; L_recon of the paper."""
    error = ((a - b).abs() * mask).mean(dim=(1, 2, 3)) / mask.mean()
    return error.mean() if weight is None else (error * weight).mean()


def gradient_l1(a: Tensor, b: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
    """`masked_l1` of the differences between neighbouring pixels: edges, whatever the light."""
    difference, mask = a - b, mask.expand_as(a)
    across = (difference[..., 1:] - difference[..., :-1]).abs() * mask[..., 1:]
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * mask[..., 1:, :]
    error = across.mean(dim=(1, 2, 3)) + down.mean(dim=(1, 2, 3))
    return (error * weight).mean() / mask.mean()


def offset_l1(predicted: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute error of (B, 2) gaze offsets, eye widths."""
    error = (predicted - target).abs().sum(dim=1)
    return error.mean() if weight is None else (error * weight).mean()


def smoothness(flow: Tensor) -> Tensor:
    """Mean squared change of a (B, 2, H, W) flow between neighbours: it carries texture, it doesn't tear it."""
    across, down = flow.diff(dim=-1), flow.diff(dim=-2)
    return across.square().mean() + down.square().mean()


def indecision(weights: Tensor, mask: Tensor) -> Tensor:
    """How far blend weights (B, 3, H, W) are from choosing one layer: two irises mixed are softer than either."""
    return masked_l1(weights * (1 - weights), torch.zeros_like(weights), mask)


def hinge_discriminator(real: Tensor, fake: Tensor, fake_weight: float = 1.0) -> Tensor:
    return F.relu(1 - real).mean() + fake_weight * F.relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    return -fake.mean()


def feature_matching(real: list[Tensor], fake: list[Tensor], weight: Tensor) -> Tensor:
    """L1 between the discriminator's features of a result and of its target, each layer and eye to its own scale."""
    total = weight.new_zeros(())
    for a, b in zip(real, fake):
        scale = a.detach().abs().mean(dim=(1, 2, 3)).clamp_min(1e-3)
        error = (a.detach() - b).abs().mean(dim=(1, 2, 3)) / scale
        total = total + (error * weight).mean()
    return total / len(real)
