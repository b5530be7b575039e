"""The five steps that the networks of a `GazeModel` run in, each a module of the paper. Torch runs them, and ONNX is
made from them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gazehub.model.fields import own_colors
from gazehub.model.patches import coarse_mask, shrink


class Content(nn.Module):
    """PAM: (B, 3, 96, 144) patches -> (B, D) content codes."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.encoder = model.pam.encoder

    def forward(self, patch: Tensor) -> Tensor:
        return self.encoder(shrink(patch) - 0.5)


class Angle(nn.Module):
    """E_r: (B, 3, 96, 144) patches -> (B, 2) gaze offsets and (B,) their spread."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.angle_encoder = model.gam.angle_encoder

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor]:
        return self.angle_encoder.locate(shrink(patch))


class Coarse(nn.Module):
    """GCM or GAM: patches, content codes and (B, 2) gaze offsets to draw -> (B, 3, 32, 48) in-paintings."""

    def __init__(self, inpainting: nn.Module) -> None:
        super().__init__()
        self.inpainting = inpainting

    def forward(self, patch: Tensor, content: Tensor, offset: Tensor) -> Tensor:
        return self.inpainting(shrink(patch), coarse_mask(patch), content, offset)


class Fine(nn.Module):
    """CFM: patches, in-paintings and the (B, 2) gaze offsets of both -> (B, 13, 96, 144) fields."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.cfm = model.cfm

    def forward(self, patch: Tensor, coarse: Tensor, before: Tensor, after: Tensor) -> Tensor:
        fields = self.cfm(patch, coarse, before, after)
        lamps = fields.lamps[:, :, None, None].expand_as(fields.ball)
        return torch.cat([fields.ball, fields.skin, lamps, fields.weights, own_colors(fields.fill, patch)], dim=1)


def stages(model: nn.Module) -> dict[str, nn.Module]:
    """The steps by the names of their files."""
    steps = {
        "pam": Content(model),
        "angle": Angle(model),
        "gcm": Coarse(model.gcm),
        "gam": Coarse(model.gam),
        "cfm": Fine(model),
    }
    return {name: step.eval() for name, step in steps.items()}
