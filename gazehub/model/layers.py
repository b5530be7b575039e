"""The blocks that the four modules are made of. All tensors are (batch, channels, height, width)."""

from __future__ import annotations

from collections.abc import Sequence

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


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear resize to (height, width)."""
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)
