"""A classifier of eye patches, strong enough to tell nearly every eyeball that was turned without a network."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import Tensor, nn

EPOCHS, BATCH, LEARNING_RATE = 6, 48, 1e-3
SHIFT, LIGHT, BRIGHTNESS = 4, 0.12, 0.03  # pixels, share, of 1: neither place nor light nor colour is what is asked
BORDER = 12  # pixels that are not looked at: nothing is redrawn there
GRAIN, GRAIN_GAIN = 5, 8.0  # what is finer than so many pixels is seen once more, so much stronger


class Classifier(nn.Module):
    """(N, 3, 96, 144) in 0..1 -> (N,) logits. A small residual network on the picture and its grain."""

    def __init__(self) -> None:
        super().__init__()
        stem = [nn.Conv2d(6, 24, 4, stride=2, padding=1), nn.BatchNorm2d(24), nn.ReLU()]
        blocks = [Block(24, 32, 1), Block(32, 48, 2), Block(48, 64, 2), Block(64, 96, 2)]
        self.layers = nn.Sequential(
            *stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(96, 1)
        )

    def forward(self, patches: Tensor) -> Tensor:
        around = F.pad(patches, [GRAIN // 2] * 4, mode="replicate")
        grain = GRAIN_GAIN * (patches - F.avg_pool2d(around, GRAIN, 1))
        seen = torch.cat([2 * patches - 1, grain], dim=1)
        return self.layers(seen[..., BORDER:-BORDER, BORDER:-BORDER])[:, 0]


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x)) + self.shortcut(x)


def fit(patches: np.ndarray, labels: np.ndarray, weights: np.ndarray, seed: int = 0) -> Classifier:
    """Train on (N, 3, 96, 144) float32 patches in 0..1 with (N,) labels 0 or 1."""
    torch.manual_seed(seed)
    network = Classifier()
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=0.05)
    pictures, targets, weight = (torch.from_numpy(array).float() for array in (patches, labels, weights))
    batches = [rows for _ in range(EPOCHS) for rows in torch.randperm(len(targets)).split(BATCH) if len(rows) > 1]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(batches), LEARNING_RATE / 50)
    for rows in batches:
        shift = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
        light = 1 + LIGHT * torch.randn(len(rows), 3, 1, 1)
        seen = pictures[rows].roll(shift, dims=(2, 3)) * light + BRIGHTNESS * torch.randn(len(rows), 1, 1, 1)
        loss = F.binary_cross_entropy_with_logits(network(seen), targets[rows], weight[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.inference_mode()
def scores(network: Classifier, patches: np.ndarray) -> np.ndarray:
    """(N,) logits of (N, 3, 96, 144) float32 patches in 0..1."""
    return torch.cat([network(part) for part in torch.from_numpy(patches).split(128)]).numpy()


def balance(labels: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """(N,) weights with which both labels weigh the same within every source."""
    weights = np.zeros(len(labels))
    for source in np.unique(sources):
        of_source = sources == source
        share = labels[of_source].mean()
        weights[of_source] = np.where(labels[of_source] == 1, 1.0, share / max(1 - share, 1e-9))
    return weights / weights.mean()


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a 1 scores above a 0."""
    positive = int(labels.sum())
    ranks = rankdata(scores)[labels == 1].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * (len(labels) - positive)))
