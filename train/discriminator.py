"""Tells real eye patches from drawn ones. It sees the context too, so it asks for the context's own sharpness."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gazehub.model.patches import around


class Discriminator(ModelMixin, ConfigMixin):
    """A patch discriminator with spectral normalisation, conditioned on where the eye is meant to look.

    Args:
        channels: widths of its four layers.
    """

    @register_to_config
    def __init__(self, channels: tuple[int, ...] = (32, 64, 96, 128)) -> None:
        super().__init__()
        layers, width = [], 5
        for index, out in enumerate(channels):
            kernel, stride = (4, 2) if index < 3 else (3, 1)
            layers.append(spectral_norm(nn.Conv2d(width, out, kernel, stride, padding=1)))
            width = out
        self.layers = nn.ModuleList(layers)
        self.head = spectral_norm(nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, patch: Tensor, offset: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, 3, 96, 144) patches and (B, 2) gaze offsets -> (B, 1, 12, 18) logits, features of every layer."""
        hidden = torch.cat([2 * patch - 1, around(offset, patch)], dim=1)
        features = []
        for layer in self.layers:
            hidden = F.leaky_relu(layer(hidden), 0.2)
            features.append(hidden)
        return self.head(hidden), features
