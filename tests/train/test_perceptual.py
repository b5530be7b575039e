"""LPIPS and FID with stand-ins for the networks that would have to be downloaded."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from gazehub.model.patches import PATCH_SIZE
from tests.train.test_evaluate import case
from train.corpus.batches import Corpus
from train.evaluation.measures.perceptual import (
    MissingMetric,
    frechet_distance,
    lpips_network,
    masked_lpips,
    perceptual,
)


class Difference(nn.Module):
    """In place of LPIPS: a map of absolute differences."""

    def forward(self, a, b):
        return (a - b).abs().mean(dim=1, keepdim=True)


class Colors(nn.Module):
    """In place of Inception: a picture's mean and spread per channel."""

    def forward(self, pictures):
        return torch.cat([pictures.mean(dim=(2, 3)), pictures.std(dim=(2, 3))], dim=1)


def test_lpips_looks_inside_the_mask():
    truth = torch.rand(3, 3, *PATCH_SIZE)
    drawn = truth.clone()
    drawn[..., :4, :] = 0
    assert masked_lpips(Difference(), truth, drawn) == 0
    drawn[..., 20:44, 36:60] = 1 - drawn[..., 20:44, 36:60]
    assert 0.05 < masked_lpips(Difference(), truth, drawn) < 1


def test_fid_grows_with_the_difference():
    torch.manual_seed(0)
    real, same = torch.rand(64, 3, *PATCH_SIZE) * 0.5, torch.rand(64, 3, *PATCH_SIZE) * 0.5
    near, far = frechet_distance(real, same, Colors()), frechet_distance(real, same + 0.3, Colors())
    assert abs(near) < 0.01 < 0.2 < far


def test_what_is_missing_is_said(corpus_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    monkeypatch.setitem(sys.modules, "torchmetrics.image.fid", None)
    with pytest.raises(MissingMetric, match=r"lpips.* is not installed: pip install 'gazehub\[metrics\]'"):
        lpips_network()
    patches = np.zeros((3, 2, *PATCH_SIZE, 3), np.uint8)
    pictures = torch.rand(2, 3, *PATCH_SIZE)
    report = perceptual([case(0.1, 0.0, patches=patches)], Corpus(corpus_folder, "test"), pictures, pictures)
    assert set(report) == {"LPIPS not measured", "FID not measured"}
    assert all("pip install" in reason for reason in report.values())
