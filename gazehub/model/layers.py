"""The blocks that the four modules are made of. All tensors are (batch, channels, height, width)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResBlock(nn.Module):
    """Pre-activation residual block; a content code, if any, scales and shifts the second normalisation."""

    def __init__(self, in_channels: int, out_channels: int, content_dim: int = 0) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.modulation = nn.Linear(content_dim, 2 * out_channels) if content_dim else None
        self.skip = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else nn.Identity()

    def forward(self, x: Tensor, content: Tensor | None = None) -> Tensor:
        hidden = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.modulation is not None:
            scale, shift = self.modulation(content)[:, :, None, None].chunk(2, dim=1)
            hidden = hidden * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(hidden))


class UNet(nn.Module):
    """A U-Net over three scales; the content code reaches every block.

    Args:
        in_channels: channels of the input.
        channels: widths at the input's scale, half and a quarter of it.
        content_dim: length of the content code, 0 for none.

    Returns:
        (B, channels[0], H, W) features.
    """

    def __init__(self, in_channels: int, channels: Sequence[int], content_dim: int = 0) -> None:
        super().__init__()
        top, middle, bottom = channels
        self.stem = nn.Conv2d(in_channels, top, 3, padding=1)
        self.down1 = ResBlock(top, top, content_dim)
        self.reduce1 = nn.Conv2d(top, middle, 3, stride=2, padding=1)
        self.down2 = ResBlock(middle, middle, content_dim)
        self.reduce2 = nn.Conv2d(middle, bottom, 3, stride=2, padding=1)
        self.middle1 = ResBlock(bottom, bottom, content_dim)
        self.middle2 = ResBlock(bottom, bottom, content_dim)
        self.up2 = ResBlock(middle + bottom, middle, content_dim)
        self.up1 = ResBlock(top + middle, top, content_dim)

    def forward(self, x: Tensor, content: Tensor | None = None) -> Tensor:
        top = self.down1(self.stem(x), content)
        middle = self.down2(self.reduce1(top), content)
        bottom = self.middle2(self.middle1(self.reduce2(middle), content), content)
        middle = self.up2(torch.cat([middle, F.interpolate(bottom, scale_factor=2.0)], dim=1), content)
        return self.up1(torch.cat([top, F.interpolate(middle, scale_factor=2.0)], dim=1), content)


def conv_of_parts(conv: nn.Conv2d, parts: Sequence[Tensor]) -> Tensor:
    """A convolution over parts stacked along their channels, as the sum of one over each: onnxruntime takes longer for
    all of them at once where they are not a multiple of 16 channels, and its WebGPU was seen to compute 6, 18 and 54
    channels wrongly."""
    weights = conv.weight.split([part.shape[1] for part in parts], dim=1)
    biases = [conv.bias, *[None] * (len(parts) - 1)]
    return sum(
        F.conv2d(part, weight, bias, padding=conv.padding) for part, weight, bias in zip(parts, weights, biases)
    )


def shares(logits: Tensor) -> Tensor:
    """Softmax over channels, in the operators that runtimes are fast at when the channels are few."""
    exponential = torch.exp(logits - logits.amax(dim=1, keepdim=True))
    return exponential / exponential.sum(dim=1, keepdim=True)


def resize(x: Tensor, size: tuple[int, int], kernel: str = "bilinear") -> Tensor:
    """Resize to (height, width) by two matrix products, which are exact and several times as fast as the operators of
    the runtimes.

    Args:
        kernel: "bilinear" or "bicubic".
    """
    down, across = (
        torch.from_numpy(interpolation_matrix(new, old, kernel)).to(x) for new, old in zip(size, x.shape[-2:])
    )
    return down @ (x @ across.T)


@lru_cache
def interpolation_matrix(new: int, old: int, kernel: str) -> np.ndarray:
    """(new, old) float32: what each of `new` samples takes of `old` ones, as `torch.nn.functional.interpolate` does
    with `align_corners=False`."""
    place = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(place).astype(int)
    matrix = np.zeros((new, old))
    for tap in range(-1, 3):
        weight = _KERNELS[kernel](np.abs(place - (first + tap)))
        np.add.at(matrix, (np.arange(new), (first + tap).clip(0, old - 1)), weight)  # past the border the edge repeats
    return matrix.astype(np.float32)


def _triangle(distance: np.ndarray) -> np.ndarray:
    return np.clip(1 - distance, 0, None)


def _cubic(distance: np.ndarray, a: float = -0.75) -> np.ndarray:
    """Keys (1981), with the slope that torch takes."""
    near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    far = a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0))


_KERNELS = {"bilinear": _triangle, "bicubic": _cubic}
