"""Picture quality where the truth is known: camera portraits turned away and brought back, or left as they are."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import zoom
from skimage.metrics import structural_similarity

from gazehub.draw import redrawn_patch
from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from gazehub.model.networks import Networks
from train.corpus.batches import Corpus
from train.evaluation.cases import CORRECTED, PHOTOGRAPHED, Case, is_camera

MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001)  # of the three finest scales in Wang et al. 2003; patches hold no more


def rotated_pairs(networks: Networks, corpus: Corpus, faces: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 3, 96, 144) camera eyes, the same turned away by a known displacement, and those then corrected."""
    candidates = corpus.camera_photos[corpus.turnable[corpus.camera_photos]]
    pairs = []
    for face in candidates[:: max(1, len(candidates) // faces)]:
        copy = 1 + int(np.argmax(corpus.valid[face, 1:]))
        truth, turned = (corpus.eyes(face, number) for number in (0, copy))
        content, before, _ = networks.encode(turned)
        content = np.broadcast_to(content.mean(axis=0), content.shape)
        motion = corpus.offsets[face, :, 0] - corpus.offsets[face, :, copy]
        fields = networks.correct(turned, np.ascontiguousarray(content), before, before + motion)
        pairs.append((truth, turned, np.stack([redrawn_patch(*eye) for eye in zip(turned, fields)])))
    return tuple(np.concatenate(pictures) for pictures in zip(*pairs))


def pair_quality(truth: np.ndarray, turned: np.ndarray, corrected: np.ndarray) -> dict:
    """PSNR (dB) and MS-SSIM inside the mask, medians over eyes, of (N, 3, 96, 144) patches; and for comparison those
    of the turned eyes themselves."""
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
    """Median PSNR and MS-SSIM inside the mask over pairs of (96, 144, 3) pictures."""
    mask = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT))
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


def _to_array(picture: np.ndarray) -> np.ndarray:
    return picture.transpose(1, 2, 0)
