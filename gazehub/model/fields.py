"""What the fine stage decided, applied at any resolution: to a patch in training, to the portrait itself in use.

Colours are in 0..1, flows in eye widths. Because flows and weights are smooth and the texture comes from the photo, a
4,000 pixel portrait keeps its own sharpness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gazehub.eye_frame import (
    MASK_CENTER_Y,
    MASK_HALF_HEIGHT,
    MASK_HALF_WIDTH,
    PATCH_HEIGHT,
    PATCH_SCALE,
    PATCH_WIDTH,
    EyeFrame,
    frame_to_patch,
    patch_grid,
    soft_mask,
)


@dataclass
class Fields:
    """The blend of three layers that makes a new eye.

    Args:
        ball, skin: (B, 2, 64, 96) flows: where each pixel of the eyeball and skin layers comes from, minus where it
            is, in eye widths along the axes of the eye frame.
        weights: (B, 3, 64, 96) blend of the ball, skin and fill layers, sums to 1.
        fill: (B, 3, 64, 96) RGB, what no part of the source shows: the coarse in-painting plus a residual.
    """

    ball: Tensor
    skin: Tensor
    weights: Tensor
    fill: Tensor

    def __getitem__(self, index: slice) -> Fields:
        return Fields(self.ball[index], self.skin[index], self.weights[index], self.fill[index])


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
    """Carry a patch along a flow: out(q) = patch(q + flow(q)), both (B, ..., 64, 96)."""
    height, width = patch.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return sample(patch, torch.stack([x, y]).to(patch)[None] + flow * PATCH_SCALE)


def blend(ball: Tensor, skin: Tensor, weights: Tensor, fill: Tensor) -> Tensor:
    """Sum the three layers by their weights."""
    return weights[:, 0:1] * ball + weights[:, 1:2] * skin + weights[:, 2:3] * fill


def own_colors(fill: Tensor, patch: Tensor) -> Tensor:
    """The fill without tints that its patch shows nowhere, both (B, 3, 64, 96): R, G and B may stand off from their
    mean only as far as in the patch. A black and white photo stays so."""
    shown, grey = patch - patch.mean(dim=1, keepdim=True), fill.mean(dim=1, keepdim=True)
    low, high = shown.amin(dim=(2, 3), keepdim=True), shown.amax(dim=(2, 3), keepdim=True)
    return grey + (fill - grey).clamp(low, high)


def apply_fields(patch: Tensor, fields: Fields) -> Tensor:
    """Fields applied to the patch they were computed from, at its own size: (B, 3, 64, 96) -> the same."""
    mask = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT)).to(patch)
    drawn = blend(carry(patch, fields.ball), carry(patch, fields.skin), fields.weights, fields.fill)
    return patch + mask * (drawn - patch)


@torch.inference_mode()
def paste(portrait: np.ndarray, frame: EyeFrame, fields: Fields, amount: float = 1.0) -> None:
    """Apply the fields of one eye to the portrait itself, in place. Pixels outside the mask are not touched.

    Args:
        portrait: (H, W, 3) uint8 RGB.
        frame: of the eye, in this portrait.
        fields: with a batch of one.
        amount: 0 (no change) to 1.
    """
    reach = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)]) * [MASK_HALF_WIDTH, MASK_HALF_HEIGHT]
    corners = frame.to_portrait(reach + [0, MASK_CENTER_Y])
    left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, [portrait.shape[1], portrait.shape[0]])
    if left >= right or top >= bottom:
        return
    pixels = np.stack(np.meshgrid(np.arange(left, right), np.arange(top, bottom)), axis=-1).astype(np.float64)
    points = frame.to_frame(pixels)
    x, y = torch.from_numpy(points.astype(np.float32)).unbind(-1)
    mask = amount * soft_mask(x, y)

    stacked = torch.cat([fields.ball, fields.skin, fields.weights, fields.fill], dim=1).float().cpu()
    where = torch.from_numpy(frame_to_patch(points).astype(np.float32)).permute(2, 0, 1)[None]
    stacked = sample(_soften(stacked, frame.width / PATCH_SCALE), where)
    ball, skin, weights, fill = stacked.split([2, 2, 3, 3], dim=1)

    # Texture may come from beyond the region that changes, so the layers are read from a wider block.
    reach = int(np.ceil(0.6 * frame.width)) + 2
    block_left, block_top = max(left - reach, 0), max(top - reach, 0)
    block = portrait[block_top : bottom + reach, block_left : right + reach]
    block = torch.from_numpy(block.astype(np.float32) / 255).permute(2, 0, 1)[None]
    matrix = torch.from_numpy(frame.matrix.astype(np.float32))
    start = torch.from_numpy((pixels - [block_left, block_top]).astype(np.float32)).permute(2, 0, 1)[None]
    layers = [sample(block, start + torch.einsum("ij,bjhw->bihw", matrix, flow), "bicubic") for flow in (ball, skin)]
    drawn = blend(layers[0].clamp(0, 1), layers[1].clamp(0, 1), weights, fill)[0].permute(1, 2, 0).numpy() * 255

    region = portrait[top:bottom, left:right].astype(np.float32)
    changed = region + mask.numpy()[..., None] * (drawn - region)
    portrait[top:bottom, left:right] = np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def _soften(stacked: Tensor, scale: float) -> Tensor:
    """Blur fields before they are read at fewer pixels than they have, `scale` portrait pixels to a patch pixel."""
    sigma = 0.5 * (max(1.0, 1 / scale) ** 2 - 1) ** 0.5
    radius = int(np.ceil(2 * sigma))
    if radius == 0:
        return stacked
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).repeat(stacked.shape[1], 1, 1, 1)
    padded = F.pad(stacked, [radius] * 4, mode="replicate")
    across = F.conv2d(padded, kernel, groups=stacked.shape[1])
    return F.conv2d(across, kernel.transpose(2, 3), groups=stacked.shape[1])
