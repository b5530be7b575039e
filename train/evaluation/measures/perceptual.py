"""LPIPS and FID. Their networks are downloaded at the first use, after `pip install 'gazehub[metrics]'`."""

from __future__ import annotations

from urllib.error import URLError

import numpy as np
import torch
from torch import Tensor, nn

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from train.corpus.batches import Corpus
from train.evaluation.cases import CORRECTED, Case, is_averted

BATCH = 32


class MissingMetric(RuntimeError):
    """Packages or weights of a metric are missing; the message says what to do."""


def lpips_network() -> nn.Module:
    """LPIPS over AlexNet (Zhang et al. 2018), as a map."""
    try:
        import lpips

        return lpips.LPIPS(net="alex", spatial=True, verbose=False)
    except ImportError as error:
        raise MissingMetric(f"{error.name} is not installed: pip install 'gazehub[metrics]'") from error
    except URLError as error:
        raise MissingMetric(f"AlexNet's weights could not be downloaded ({error.reason})") from error


@torch.inference_mode()
def masked_lpips(network: nn.Module, truth: Tensor, drawn: Tensor) -> float:
    """Mean LPIPS inside the mask, of (N, 3, 96, 144) patches in 0..1."""
    mask = torch.from_numpy(soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT)))
    maps = [network(2 * a - 1, 2 * b - 1)[:, 0] for a, b in zip(truth.split(BATCH), drawn.split(BATCH), strict=True)]
    return float((torch.cat(maps) * mask).sum() / (mask.sum() * len(truth)))


def frechet_distance(real: Tensor, drawn: Tensor, features: nn.Module | int = 2048) -> float:
    """FID (Heusel et al. 2017) between (N, 3, H, W) pictures in 0..1.

    Args:
        features: a module that maps such pictures to (N, D) features, or 2048 for the standard Inception network.
    """
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric = FrechetInceptionDistance(features, normalize=True)
    except ImportError as error:  # torchmetrics raises it with its own advice where torch-fidelity is missing
        raise MissingMetric(f"{error}: pip install 'gazehub[metrics]'") from error
    except URLError as error:
        raise MissingMetric(f"Inception's weights could not be downloaded ({error.reason})") from error
    for pictures, is_real in ((real, True), (drawn, False)):
        for part in pictures.split(BATCH):
            metric.update(part, real=is_real)
    return float(metric.compute())


def perceptual(cases: list[Case], corpus: Corpus, truth: Tensor, brought_back: Tensor) -> dict:
    """LPIPS of rotated pairs, and the FID of corrected eyes against the camera eyes of the same split; or why they
    were not measured."""
    corrected = [case.patches[CORRECTED] for case in cases if is_averted(case) and case.source != "clips"]
    drawn = torch.from_numpy(np.concatenate(corrected)).permute(0, 3, 1, 2).float() / 255
    real = torch.from_numpy(np.concatenate([corpus.eyes(face) for face in corpus.camera_photos]))
    measured = {
        "LPIPS": lambda: masked_lpips(lpips_network(), truth, brought_back),
        "FID": lambda: frechet_distance(real, drawn),
    }
    report: dict = {}
    for name, measure in measured.items():
        try:
            report[name] = round(measure(), 4)
        except MissingMetric as error:
            report[f"{name} not measured"] = str(error)
    return report
