"""What the fine stage decided, applied to patches in training; `gazehub.draw` applies it to the portrait itself.

Colours are in 0..1, flows in eye widths. Because flows and weights are smooth and the texture comes from the photo, a
4,000 pixel portrait keeps its own sharpness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_SCALE, PATCH_WIDTH, patch_grid, soft_mask


@dataclass
class Fields:
    """The blend of four layers that makes a new eye.

    Args:
        ball, skin: (B, 2, 96, 144) flows: where each pixel of the eyeball and skin layers comes from, minus where it
            is, in eye widths along the axes of the eye frame.
        lamps: (B, 2) the same for the reflections of lamps, one flow for all of a patch: the cornea carries them by
            `CORNEA_SHARE` of the iris's motion.
        weights: (B, 4, 96, 144) blend of the ball, skin, lamps and fill layers, sums to 1.
        fill: (B, 3, 96, 144) RGB, what no part of the source shows: the coarse in-painting plus a residual.
    """

    ball: Tensor
    skin: Tensor
    lamps: Tensor
    weights: Tensor
    fill: Tensor


def sample(image: Tensor, points: Tensor, mode: str = "bilinear") -> Tensor:
    """Read an image at points; past the border the edge repeats.

    Args:
        image: (B, C, H, W).
        points: (B, 2, h, w) pixel coordinates (x, y), counted from the centre of the first pixel.
    """
    height, width = image.shape[-2:]
    scale = points.new_tensor([2.0 / width, 2.0 / height]).view(1, 2, 1, 1)
    grid = ((points + 0.5) * scale - 1).permute(0, 2, 3, 1)
    return F.grid_sample(image, grid, mode=mode, padding_mode="border", align_corners=False)


def carry(patch: Tensor, flow: Tensor) -> Tensor:
    """Carry a patch along a flow: out(q) = patch(q + flow(q)), (B, ..., 96, 144) both; a flow may be (B, 2, 1, 1)."""
    height, width = patch.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return sample(patch, torch.stack([x, y]).to(patch)[None] + flow * PATCH_SCALE)


def blend(layers: Sequence[Tensor], weights: Tensor) -> Tensor:
    """Sum (B, 3, 96, 144) layers by their weights (B, layers, 96, 144)."""
    return sum(weight * layer for weight, layer in zip(weights.split(1, dim=1), layers))


def own_colors(fill: Tensor, patch: Tensor) -> Tensor:
    """The fill without tints that its patch shows nowhere, both (B, 3, 96, 144): R, G and B may stand off from their
    mean only as far as in the patch. A black and white photo stays so."""
    shown, grey = patch - patch.mean(dim=1, keepdim=True), fill.mean(dim=1, keepdim=True)
    low, high = shown.amin(dim=(2, 3), keepdim=True), shown.amax(dim=(2, 3), keepdim=True)
    return grey + (fill - grey).clamp(low, high)


def apply_fields(patch: Tensor, fields: Fields) -> Tensor:
    """Fields applied to the patch they were computed from, at its own size: (B, 3, 96, 144) -> the same."""
    mask = torch.from_numpy(soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT))).to(patch)
    carried = [carry(patch, flow) for flow in (fields.ball, fields.skin, fields.lamps[:, :, None, None])]
    drawn = blend([*carried, fields.fill], fields.weights)
    return patch + mask * (drawn - patch)
