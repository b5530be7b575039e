"""The whole-face gaze correction of Zhang et al. (2020, 2022), after the code they published: for comparison only.

A face is aligned at 256 x 256 pixels, both eyes are erased, and one network in-paints them from the rest of the face
and a content code for each eye. Pictures are (B, 3, 256, 256), eyes (B, 3, 128, 128), all in -1..1.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gazehub.faces.face import Face
from gazehub.model.layers import resize

SIZE, EYE_SIZE = 256, 128
EYES = np.array([[78.6, 92.9], [177.8, 92.7]])  # where the eye centres are brought: their data's medians
HALF_BOX = (25, 15)  # what is erased around an eye, pixels


def alignment(face: Face) -> np.ndarray:
    """(2, 3) similarity that takes the pixels of a portrait to the aligned face."""
    centers = np.array(sorted((eye.frame.center for eye in face.eyes), key=lambda center: center[0]))
    return cv2.estimateAffinePartial2D(centers, EYES)[0]


def align(portrait: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (256, 256, 3) uint8."""
    shrinks = np.hypot(*matrix[:, 0]) < 0.7
    if shrinks:  # average what one pixel will stand for
        portrait = cv2.GaussianBlur(portrait, (0, 0), 0.4 / np.hypot(*matrix[:, 0]))
    return cv2.warpAffine(portrait, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def eye_boxes(size: int = SIZE) -> list[tuple[slice, slice]]:
    """Rows and columns of the two erased boxes of a face aligned at `size` pixels, a multiple of 256."""
    half_width, half_height = np.multiply(HALF_BOX, size // SIZE)
    centers = (EYES * (size // SIZE)).round().astype(int)
    return [(slice(y - half_height, y + half_height), slice(x - half_width, x + half_width)) for x, y in centers]


def erased(size: int = SIZE) -> Tensor:
    """(1, 1, size, size), 1 inside the boxes."""
    mask = torch.zeros(1, 1, size, size)
    for rows, columns in eye_boxes(size):
        mask[..., rows, columns] = 1
    return mask


def cut_eyes(picture: Tensor) -> Tensor:
    """(B, 3, size, size) -> (2 B, 3, 128, 128): all left boxes, then all right ones, enlarged."""
    boxes = eye_boxes(picture.shape[-1])
    boxes = [resize(picture[..., rows, columns], (EYE_SIZE, EYE_SIZE)) for rows, columns in boxes]
    return torch.cat(boxes)


def _down(inputs: int, outputs: int, kernel: int = 4, stride: int = 2) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=(kernel - 1) // 2)
    return nn.Sequential(conv, nn.InstanceNorm2d(outputs, affine=True), nn.LeakyReLU(0.2))


class ContentAutoencoder(nn.Module):
    """PAM: the content code of an eye. One eye must rebuild the mirrored other one, so the code can't tell sides."""

    def __init__(self, content_dim: int = 256, width: int = 32) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 4 * width]
        convs = [_down(a, b) for a, b in zip(widths, widths[1:])]
        bottom = 4 * width * (EYE_SIZE // 8) ** 2
        self.encoder = nn.Sequential(_down(3, width, 7, 1), *convs, nn.Flatten(), nn.Linear(bottom, content_dim))
        self.expand = nn.Linear(content_dim, 4 * width * 8 * 8)
        self.decoder = nn.Sequential(
            *[
                nn.Sequential(nn.ConvTranspose2d(a, b, 4, 2, 1), nn.ReLU())
                for a, b in ((4 * width, 4 * width), (4 * width, 2 * width), (2 * width, width))
            ],
            nn.ConvTranspose2d(width, 3, 4, 2, 1),
            nn.Tanh(),
        )

    def encode(self, eyes: Tensor) -> Tensor:
        """(2 B, 3, 128, 128) -> (2 B, content_dim)."""
        return self.encoder(eyes)

    def decode(self, content: Tensor) -> Tensor:
        return self.decoder(self.expand(content).unflatten(1, (-1, 8, 8)))


class WholeFaceCorrection(ModelMixin, ConfigMixin):
    """GCM: a 7 x 7 stem, five stride-2 convolutions to 256 channels, a fully connected bottleneck that
    the two content codes join, and five deconvolutions with skips.

    Args:
        size: of the aligned faces. At 512 pixels the layers stay the same and the bottleneck takes in four times as
            much: the naive way to a larger face.
    """

    @register_to_config
    def __init__(
        self,
        content_dim: int = 256,
        width: int = 16,
        camera_coefficients: tuple[tuple[float, ...], ...] = ((0.0,) * 4, (0.0,) * 4),
        size: int = SIZE,
    ) -> None:
        super().__init__()
        self.pam = ContentAutoencoder(content_dim)
        down = [width] + [min(width * 2**level, 256) for level in range(1, 6)]
        up = [max(down[-1] // 2**level, 16) for level in range(5)]
        self.stem = _down(4, width, 7, 1)
        self.down = nn.ModuleList(_down(a, b) for a, b in zip(down, down[1:]))
        bottom = down[-1] * (size // 32) ** 2
        self.narrow = nn.Linear(bottom, 256)
        self.widen = nn.Linear(256 + 2 * content_dim, bottom)
        self.up = nn.ModuleList()
        hidden = down[-1]
        for skip, outputs in zip(down[:0:-1], up):
            conv = nn.ConvTranspose2d(hidden + skip, outputs, 4, 2, 1)
            self.up.append(nn.Sequential(conv, nn.InstanceNorm2d(outputs, affine=True), nn.ReLU()))
            hidden = outputs
        self.head = nn.Conv2d(hidden, 3, 7, padding=3)

    def forward(self, picture: Tensor, content: Tensor) -> Tensor:
        """(B, 3, size, size) faces and (2 B, content_dim) codes of their eyes -> the faces with both boxes redrawn."""
        size = picture.shape[-1]
        mask = erased(size).to(picture)
        context = picture * (1 - mask)
        hidden = self.stem(torch.cat([context, mask.expand_as(picture[:, :1])], dim=1))
        skips = []
        for layer in self.down:
            hidden = layer(hidden)
            skips.append(hidden)
        left, right = content.chunk(2)
        codes = torch.cat([self.narrow(hidden.flatten(1)), left, right], dim=1)
        hidden = F.leaky_relu(self.widen(codes), 0.2).unflatten(1, (-1, size // 32, size // 32))
        for layer, skip in zip(self.up, reversed(skips)):
            hidden = layer(torch.cat([hidden, skip], dim=1))
        return context + mask * torch.tanh(self.head(hidden))

    def correct(self, picture: Tensor) -> Tensor:
        """(B, 3, size, size) aligned faces -> the same, looking into the camera."""
        return self(picture, self.pam.encode(cut_eyes(picture)))


class WholeFaceDiscriminator(nn.Module):
    """One logit from the whole face, both eyes, and their content codes."""

    def __init__(self, content_dim: int = 256, width: int = 16) -> None:
        super().__init__()
        self.whole, self.local = _critic(3, width, SIZE), _critic(6, width, EYE_SIZE)
        self.head = nn.Sequential(
            spectral_norm(nn.Linear(512 + 2 * content_dim, 512)), nn.ReLU(), spectral_norm(nn.Linear(512, 1))
        )

    def forward(self, picture: Tensor, content: Tensor) -> Tensor:
        """(B, 3, 256, 256), (2 B, content_dim) -> (B, 1)."""
        eyes = torch.cat(cut_eyes(picture).chunk(2), dim=1)
        return self.head(torch.cat([self.whole(picture), self.local(eyes), *content.chunk(2)], dim=1))


def _critic(inputs: int, width: int, size: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for level in range(1, 6):
        outputs = min(width * 2**level, 256)
        layers += [spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)), nn.LeakyReLU(0.2)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), spectral_norm(nn.Linear(256 * (size // 32) ** 2, 256)))
