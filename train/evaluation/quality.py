"""Picture quality where the truth is known: camera portraits turned away and brought back, or left as they are."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import zoom
from skimage.metrics import structural_similarity
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from gazehub.model.fields import apply_fields
from gazehub.model.modeling_gaze import GazeModel
from train.corpus.batches import Corpus
from train.evaluation.cases import CORRECTED, PHOTOGRAPHED, Case, is_camera

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001)  # of the three finest scales in Wang et al. 2003; patches hold no more


@torch.inference_mode()
def rotated_pairs(model: GazeModel, corpus: Corpus, faces: int = 200) -> tuple[Tensor, Tensor, Tensor]:
    """(N, 3, 64, 96) camera eyes, the same turned away by a known displacement, and those corrected by the model."""
    candidates = np.flatnonzero((corpus.domain == "X") & corpus.valid[:, 1:].any(axis=1))
    pairs = []
    for face in candidates[:: max(1, len(candidates) // faces)]:
        copy = 1 + int(np.argmax(corpus.valid[face, 1:]))
        truth, turned = (torch.from_numpy(corpus.eyes(face, number)) for number in (0, copy))
        content, before, _ = model.encode(turned)
        content = content.mean(0, keepdim=True).expand_as(content)
        motion = corpus.offsets[face, :, 0] - corpus.offsets[face, :, copy]
        fields = model.correct(turned, content, before, before + torch.from_numpy(motion))
        pairs.append((truth, turned, apply_fields(turned, fields)))
    return tuple(torch.cat(pictures) for pictures in zip(*pairs))


def pair_quality(truth: Tensor, turned: Tensor, corrected: Tensor) -> dict:
    """PSNR (dB) and MS-SSIM inside the mask, medians over eyes, of (N, 3, 64, 96) patches; and for comparison those of
    the turned eyes themselves."""
    result: dict = {"eyes": len(truth)}
    for suffix, pictures in (("", corrected), (" uncorrected", turned)):
        psnr, ms_ssim = masked_medians([(_to_array(a), _to_array(b)) for a, b in zip(truth, pictures)])
        result |= {f"PSNR{suffix}": psnr, f"MS-SSIM{suffix}": ms_ssim}
    return result


def kept_quality(cases: list[Case]) -> dict:
    """The same for camera portraits, which should stay as they are."""
    pairs = [pair for case in cases if is_camera(case) for pair in zip(*case.patches[[PHOTOGRAPHED, CORRECTED]] / 255)]
    if not pairs:
        return {"eyes": 0}
    psnr, ms_ssim = masked_medians(pairs)
    return {"eyes": len(pairs), "PSNR": psnr, "MS-SSIM": ms_ssim}


def masked_medians(pairs: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Median PSNR and MS-SSIM inside the mask over pairs of (64, 96, 3) pictures."""
    mask = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT)).numpy()
    scores = [(masked_psnr(a, b, mask), masked_ms_ssim(a, b, mask)) for a, b in pairs]
    psnr, ms_ssim = np.median(scores, axis=0)
    return round(float(psnr), 2), round(float(ms_ssim), 4)


def masked_psnr(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """dB, of (H, W, 3) pictures in 0..1 where `mask` (H, W) is, in proportion to it."""
    error = (((a - b) ** 2).mean(axis=2) * mask).sum() / mask.sum()
    return float(-10 * np.log10(max(error, 1e-10)))


def masked_ms_ssim(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Multi-scale structural similarity over three scales, each map averaged over the mask."""
    total = 1.0
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        if scale:
            a, b = (zoom(picture, (0.5, 0.5, 1), order=1, grid_mode=True, mode="nearest") for picture in (a, b))
            mask = zoom(mask, 0.5, order=1, grid_mode=True, mode="nearest")
        _, similarity = structural_similarity(a, b, data_range=1.0, channel_axis=2, full=True)
        value = (similarity.mean(axis=2) * mask).sum() / mask.sum()
        total *= max(float(value), 1e-6) ** (weight / sum(MS_SSIM_WEIGHTS))
    return total


def _to_array(picture: Tensor) -> np.ndarray:
    return picture.permute(1, 2, 0).numpy()
