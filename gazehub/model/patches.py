"""What the networks see of eyes besides their pixels: sizes, the mask, and where a pixel lies."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask

REDUCTION = 3  # patch pixels to a coarse pixel, each way
COARSE_SIZE = (PATCH_HEIGHT // REDUCTION, PATCH_WIDTH // REDUCTION)
PATCH_SIZE = (PATCH_HEIGHT, PATCH_WIDTH)
DRAWN_ROWS, DRAWN_COLUMNS = slice(8, 84), slice(8, 136)  # of a patch: what the mask lets show; the rest costs nothing
BORDER = (8, 8, 8, 12)  # what is beside that, left, right, above and below


def shrink(patch: Tensor) -> Tensor:
    """(B, 3, 96, 144) -> (B, 3, 32, 48): the exact mean of 3 x 3 pixels."""
    return F.avg_pool2d(patch, REDUCTION)


def brightness(image: Tensor) -> Tensor:
    """(B, 3, H, W) -> (B, 1, H, W)."""
    return image.mean(dim=1, keepdim=True)


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
