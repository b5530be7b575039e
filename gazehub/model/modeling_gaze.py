"""GazeModel: the four modules PAM, GCM, GAM and CFM behind one config and one safetensors file.

Shapes: a *patch* is one eye in the canonical frame, (B, 3, 96, 144) RGB in 0..1; *coarse* is the same eye at a third
of that size, (B, 3, 32, 48). Gaze offsets and angle codes are in eye widths, (B, 2): + is towards the inner corner,
down.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid
from gazehub.gaze import CORNEA_SHARE, LANDMARK_GAIN
from gazehub.hub.loading import load_strictly
from gazehub.hub.weights import check_generation, resolve_source
from gazehub.model.fields import Fields, carry
from gazehub.model.layers import ResBlock, UNet, conv_of_parts, resize, shares
from gazehub.model.patches import (
    BORDER,
    COARSE_SIZE,
    DRAWN_COLUMNS,
    DRAWN_ROWS,
    PATCH_SIZE,
    around,
    brightness,
    coarse_mask,
    position,
    shrink,
)

FINE_UNSHUFFLE = 6  # patch pixels to a cell of the fine stage's U-Net, each way


class PretrainedAutoencoder(nn.Module):
    """PAM (section III-B): the content code of an eye, the same whichever eye of a person it is read from.

    The decoder rebuilds the eye *as it looks into the camera* from the code alone, whatever the gaze of the eye that
    was encoded, so the code can't carry gaze.
    """

    def __init__(self, channels: Sequence[int], content_dim: int) -> None:
        super().__init__()
        top, middle, bottom = channels
        self.encoder = nn.Sequential(
            nn.Conv2d(3, top, 4, stride=2, padding=1),
            ResBlock(top, top),
            nn.Conv2d(top, middle, 4, stride=2, padding=1),
            ResBlock(middle, middle),
            nn.Conv2d(middle, bottom, 4, stride=2, padding=1),
            ResBlock(bottom, bottom),
            nn.Flatten(),
            nn.Linear(bottom * 24, content_dim),
        )
        self.expand = nn.Linear(content_dim, bottom * 24)
        self.decoder = nn.Sequential(
            ResBlock(bottom, middle),
            nn.Upsample(scale_factor=2.0),
            ResBlock(middle, middle),
            nn.Upsample(scale_factor=2.0),
            ResBlock(middle, top),
            nn.Upsample(scale_factor=2.0),
            nn.Conv2d(top, 3, 3, padding=1),
        )

    def encode(self, coarse: Tensor) -> Tensor:
        """(B, 3, 32, 48) -> (B, content_dim)."""
        return self.encoder(coarse - 0.5)

    def decode(self, content: Tensor) -> Tensor:
        """(B, content_dim) -> (B, 3, 32, 48), the eye looking into the camera."""
        hidden = self.expand(content).unflatten(1, (-1, 4, 6))
        return torch.sigmoid(self.decoder(hidden))


class Inpainting(nn.Module):
    """Draws the masked eye region at the coarse size, the iris at a given offset, from context and content code."""

    def __init__(self, channels: Sequence[int], content_dim: int) -> None:
        super().__init__()
        self.net = UNet(6 * 4, channels, content_dim)
        self.head = nn.Sequential(
            nn.Conv2d(channels[0], channels[0] // 2, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(channels[0] // 2, 3, 3, padding=1),
        )

    def forward(self, coarse: Tensor, mask: Tensor, content: Tensor, offset: Tensor) -> Tensor:
        """
        Args:
            coarse: (B, 3, 32, 48); what lies under the mask is not looked at.
            mask: (1, 1, 32, 48), 1 where the eye is erased.
            content: (B, content_dim).
            offset: (B, 2) where to draw the iris.

        Returns:
            (B, 3, 32, 48) in 0..1, equal to `coarse` where the mask is 0.
        """
        context = coarse * (mask == 0)
        seen = torch.cat([context - 0.5, mask.expand_as(coarse[:, :1]), around(offset, coarse)], dim=1)
        features = self.net(F.pixel_unshuffle(seen, 2), content)
        drawn = torch.sigmoid(self.head(resize(features, COARSE_SIZE)))
        return coarse + mask * (drawn - coarse)


class GazeCorrection(Inpainting):
    """GCM (section III-C): in-paints the eye as domain X; `offset` is the camera offset at this head pose."""


class GazeAnimation(Inpainting):
    """GAM (section III-D): in-paints the eye at `camera offset + r`, and reads the angle code r from an eye."""

    def __init__(self, channels: Sequence[int], content_dim: int, angle_channels: int) -> None:
        super().__init__(channels, content_dim)
        self.angle_encoder = AngleEncoder(angle_channels)


class AngleEncoder(nn.Module):
    """E_r: where the iris is. A soft arg-max over the patch, so that the answer moves with the picture.

    Returns:
        (B, 2) gaze offset; minus the camera offset it is the angle code r.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3 * 4, channels, 3, padding=1),
            ResBlock(channels, channels),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            ResBlock(2 * channels, 2 * channels),
            ResBlock(2 * channels, 2 * channels),
            nn.Upsample(scale_factor=2.0),
            ResBlock(2 * channels, channels),
            nn.SiLU(),
            nn.Conv2d(channels, 1, 3, padding=1),
        )

    def forward(self, coarse: Tensor) -> Tensor:
        return self.locate(coarse)[0]

    def locate(self, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 32, 48) -> (B, 2) gaze offset, and (B,) its spread: the standard deviation of the soft arg-max in eye
        widths. Where no iris can be seen the answer spreads over the patch."""
        heat = self.net(F.pixel_unshuffle(coarse - 0.5, 2))
        weights = heat.flatten(1).softmax(dim=1)
        grid = torch.from_numpy(patch_grid(heat.shape[-1], heat.shape[-2])).to(heat).flatten(1)
        offset = weights @ grid.T
        variance = (weights @ grid.square().T - offset.square()).sum(dim=1)
        return offset, variance.clamp_min(0).sqrt()


class CoarseToFine(nn.Module):
    """CFM (section III-E), as fields: carries the person's own iris, lash and skin texture to where the coarse
    result wants it. Fields are smooth, so they hold at the photo's own resolution.
    """

    def __init__(self, channels: Sequence[int], flow_range: float = 0.12) -> None:
        super().__init__()
        self.flow_range = flow_range
        self.net = UNet(3 * FINE_UNSHUFFLE**2 + 3 * 4 + 4 + 4, channels)
        self.flow_head = nn.Conv2d(channels[0], 4, 3, padding=1)
        width = 12  # the full-resolution layers are the cost
        self.refine = nn.Sequential(nn.Conv2d(channels[0] + 6, width, 3, padding=1), nn.SiLU())
        self.blend_head = nn.Sequential(
            nn.Conv2d(width + 5, width, 3, padding=1), nn.SiLU(), nn.Conv2d(width, 7, 3, padding=1)
        )
        for last in (self.flow_head, self.blend_head[-1]):
            nn.init.normal_(last.weight, std=1e-3)
            nn.init.zeros_(last.bias)

    def forward(self, patch: Tensor, coarse: Tensor, before: Tensor, after: Tensor) -> Fields:
        """
        Args:
            patch: (B, 3, 96, 144) the source, unmasked.
            coarse: (B, 3, 32, 48) the in-painting.
            before, after: (B, 2) gaze offset of the source and of the in-painting.
        """
        size = (PATCH_HEIGHT // FINE_UNSHUFFLE, PATCH_WIDTH // FINE_UNSHUFFLE)
        half = shrink(patch)
        small = coarse.new_zeros(coarse.shape[0], 1, *size)
        seen = [F.pixel_unshuffle(patch, FINE_UNSHUFFLE) - 0.5, F.pixel_unshuffle(coarse - half, 2)]
        seen += [around(before, small), around(after, small), *position(small)]
        features = self.net(torch.cat(seen, dim=1))
        flow = self.flow_range * torch.tanh(self.flow_head(features))
        flow = resize(flow, PATCH_SIZE, "bicubic")
        motion = (before - after) / before.new_tensor(LANDMARK_GAIN)
        hidden = F.silu(conv_of_parts(self.refine[0], [resize(features, COARSE_SIZE), half - 0.5, coarse - 0.5]))
        ball, lamps = motion[:, :, None, None] + flow[:, :2], CORNEA_SHARE * motion
        drawn = (..., DRAWN_ROWS, DRAWN_COLUMNS)
        fine_coarse, hidden = resize(coarse, PATCH_SIZE)[drawn], resize(hidden, PATCH_SIZE)[drawn]
        bright, bright_coarse = brightness(patch), brightness(fine_coarse)
        brought = [carry(bright, each)[drawn] - bright_coarse for each in (ball, lamps[:, :, None, None])]
        hidden = F.silu(conv_of_parts(self.blend_head[0], [hidden, patch[drawn] - fine_coarse, *brought]))
        logits, residual = self.blend_head[2](hidden).split([4, 3], dim=1)
        logits = 4 * logits + logits.new_tensor([0.0, 1.0, -3.0, 0.0]).view(1, 4, 1, 1)
        weights = shares(logits)
        fill = (fine_coarse + 0.25 * torch.tanh(residual)).clamp(0, 1)
        return Fields(ball, flow[:, 2:], lamps, *(F.pad(each, BORDER, "replicate") for each in (weights, fill)))


class GazeModel(ModelMixin, ConfigMixin):
    """The whole system of the paper on eye patches. Any photo goes through `GazePipeline`, which finds the eyes.

    Args:
        content_dim: length of the content code c.
        pam_channels, coarse_channels, fine_channels: widths over three scales of PAM, of GCM and GAM, and of CFM.
        angle_channels: width of E_r.
        camera_coefficients: (2, 4), the gaze offset that looks into the lens as a linear function of head pose, fitted
            on the training corpus (see `gazehub.gaze.camera_offset`).
        hidden_spread: the spread of E_r in eye widths from which on an eye counts as hidden (sunglasses, hair, deep
            shade), chosen on the training corpus.
    """

    @register_to_config
    def __init__(
        self,
        content_dim: int = 48,
        pam_channels: tuple[int, ...] = (32, 64, 96),
        coarse_channels: tuple[int, ...] = (40, 64, 96),
        fine_channels: tuple[int, ...] = (48, 72, 96),
        angle_channels: int = 24,
        camera_coefficients: tuple[tuple[float, ...], ...] = ((-0.04, -0.23, 0, 0), (-0.06, 0, 0, 0)),
        hidden_spread: float = 0.35,
    ) -> None:
        super().__init__()
        check_generation(camera_coefficients)
        self.pam = PretrainedAutoencoder(pam_channels, content_dim)
        self.gcm = GazeCorrection(coarse_channels, content_dim)
        self.gam = GazeAnimation(coarse_channels, content_dim, angle_channels)
        self.cfm = CoarseToFine(fine_channels)

    @classmethod
    def from_pretrained(
        cls,
        source: str | os.PathLike,
        *,
        revision: str | None = None,
        variant: str | None = None,
        subfolder: str | None = None,
        dtype: torch.dtype | None = None,
        cache_dir: str | os.PathLike | None = None,
        local_files_only: bool = False,
        token: str | bool | None = None,
    ) -> GazeModel:
        """Load weights with diffusers' own loading, strictly: safetensors only, every tensor in its place. No code of
        a repository is run.

        Args:
            source: a folder with config.json and diffusion_pytorch_model.safetensors, or a hub id, also "id@revision".
            revision: branch, tag or commit of a hub id.
            variant: "fp16" loads diffusion_pytorch_model.fp16.safetensors.
            dtype: of the parameters; None for float32, whatever the file has.
            cache_dir, local_files_only, token: as everywhere on the hub.

        Raises:
            WeightsError: they are missing, incomplete, damaged or of another model; the message says what to do.
        """
        source, revision = resolve_source(source, revision)
        return load_strictly(
            super().from_pretrained,
            source,
            revision,
            variant=variant,
            subfolder=subfolder,
            torch_dtype=dtype or torch.float32,
            cache_dir=cache_dir,
            local_files_only=local_files_only,
            token=token,
        )

    def push_to_hub(self, repo_id: str, **settings) -> str | None:
        """Upload weights in full and half precision, as ONNX, and a card, as one repository; see
        `gazehub.hub.publish.push`."""
        from gazehub.hub.publish import push
        from gazehub.model.export import write_repository

        return push(partial(write_repository, self), repo_id, **settings)

    def correct(self, patch: Tensor, content: Tensor, before: Tensor, camera: Tensor) -> Fields:
        """Fields that bring eyes to the camera: GCM, then CFM.

        Args:
            patch: (B, 3, 96, 144).
            content: (B, content_dim), see `encode`.
            before, camera: (B, 2) gaze offset of the patch, and the one that looks into the lens.
        """
        coarse = self.gcm(shrink(patch), coarse_mask(patch), content, camera)
        return self.cfm(patch, coarse, before, camera)

    def animate(self, patch: Tensor, content: Tensor, before: Tensor, camera: Tensor, angle: Tensor) -> Fields:
        """Fields that bring eyes to the angle code `angle` (B, 2), eye widths from the camera: GAM, then CFM."""
        coarse = self.gam(shrink(patch), coarse_mask(patch), content, camera + angle)
        return self.cfm(patch, coarse, before, camera + angle)

    def encode(self, patch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 3, 96, 144) patches to content codes (B, content_dim), gaze offsets (B, 2), and their spread (B,)."""
        coarse = shrink(patch)
        return self.pam.encode(coarse), *self.gam.angle_encoder.locate(coarse)
