"""What the networks see of eyes besides their pixels: sizes, the mask, and where a pixel lies."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask

COARSE_SIZE = (PATCH_HEIGHT // 2, PATCH_WIDTH // 2)
PATCH_SIZE = (PATCH_HEIGHT, PATCH_WIDTH)


def shrink(patch: Tensor) -> Tensor:
    """(B, 3, 64, 96) -> (B, 3, 32, 48): the exact mean of 2 x 2 pixels."""
    return F.avg_pool2d(patch, 2)


def coarse_mask(like: Tensor) -> Tensor:
    """(1, 1, 32, 48) soft mask of the erased region at the coarse size."""
    return torch.from_numpy(soft_mask(*patch_grid(COARSE_SIZE[1], COARSE_SIZE[0])))[None, None].to(like)


def around(offset: Tensor, like: Tensor) -> Tensor:
    """(B, 2, h, w) frame coordinates relative to `offset`, scaled to about -5..5."""
    grid = torch.from_numpy(patch_grid(like.shape[-1], like.shape[-2])).to(like)
    return 6 * (grid[None] - offset[:, :, None, None])


def position(like: Tensor) -> list[Tensor]:
    """Frame coordinates and the mask, (B, 4, h, w) in all: where a pixel lies, and a constant for the border."""
    grid = torch.from_numpy(patch_grid(like.shape[-1], like.shape[-2])).to(like)
    mask = torch.from_numpy(soft_mask(*patch_grid(like.shape[-1], like.shape[-2]))).to(like)
    planes = torch.cat([grid, mask[None], torch.ones_like(mask[None])])
    return [planes.expand(like.shape[0], -1, -1, -1)]
