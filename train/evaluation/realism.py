"""Can a classifier tell corrected eyes from real ones that look into the camera? 0.5 = it can't."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import Tensor, nn

from train.corpus.batches import Corpus
from train.evaluation.cases import CORRECTED, PHOTOGRAPHED, TURNED, Case, is_camera, source_of

FOLDS, EPOCHS, BATCH = 4, 8, 32
FEWEST = 20  # corrected faces


def realism(cases: list[Case], corpus: Corpus) -> dict:
    """AUC of corrected eyes against the real camera eyes of the same split, cross-validated over people; and for
    reference that of the same eyes uncorrected and turned by `rotate_eyeball`.

    Sources differ in sharpness and light, so within each source both kinds weigh the same in training, and the AUC is
    the mean of those of the sources, weighted by their corrected faces.
    """
    changed = [c for c in cases if not is_camera(c) and c.source != "clips" and c.skipped is None]
    shared = {source_of(corpus.rows[face]) for face in corpus.camera_photos} & {case.source for case in changed}
    real = [face for face in corpus.camera_photos if source_of(corpus.rows[face]) in shared]
    changed = [case for case in changed if case.source in shared]
    if len(changed) < FEWEST:
        return {"not measured": f"needs {FEWEST} corrected faces and camera portraits of the same sources"}
    real_patches = np.concatenate([corpus.eyes(face) for face in real])
    real_sources = [source_of(corpus.rows[face]) for face in real]
    result: dict = {"corrected faces": len(changed), "camera faces": len(real)}
    for name, kind in (("corrected", CORRECTED), ("as photographed", PHOTOGRAPHED), ("turned eyeball", TURNED)):
        fakes = [case for case in changed if case.patches[kind].any()]
        patches = np.concatenate([real_patches, _stack(fakes, kind)])
        labels = np.repeat([0.0, 1.0], [2 * len(real), 2 * len(fakes)])
        people = [corpus.rows[face]["person"] for face in real] + [case.person for case in fakes]
        sources = np.repeat(real_sources + [case.source for case in fakes], 2)
        result[name] = round(cross_validated_auc(patches, labels, np.repeat(people, 2), sources), 3)
    return result


def cross_validated_auc(patches: np.ndarray, labels: np.ndarray, people: np.ndarray, sources: np.ndarray) -> float:
    """AUC of a small network on people that it was not trained on.

    Args:
        patches: (N, 3, 96, 144) float32 in 0..1; labels: (N,) 0 or 1; people, sources: (N,) whose eye each is, and
            where the photo comes from.
    """
    folds = np.array([int(hashlib.sha256(str(person).encode()).hexdigest(), 16) % FOLDS for person in people])
    weights = balance(labels, sources)
    scores = np.zeros(len(labels))
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        if test.any():
            known = (torch.from_numpy(array[train]).float() for array in (patches, labels, weights))
            classifier = _fit(*known, fold)
            with torch.inference_mode():
                scores[test] = classifier(torch.from_numpy(patches[test]))[:, 0].numpy()
            scores[test] = rankdata(scores[test]) / test.sum()  # folds differ in calibration
    both = [s for s in np.unique(sources) if len(np.unique(labels[sources == s])) == 2]
    sizes = [labels[sources == source].sum() for source in both]
    return float(np.average([auc(scores[sources == s], labels[sources == s]) for s in both], weights=sizes))


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


def _fit(patches: Tensor, labels: Tensor, weights: Tensor, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 24), (24, 32), (32, 48), (48, 64)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 1))
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(labels)).split(BATCH):
            if len(rows) < 2:
                continue
            light = 1 + 0.15 * torch.randn(len(rows), 3, 1, 1)  # light and colour are not what is asked
            shift = [int(torch.randint(-2, 3, ())), int(torch.randint(-2, 3, ()))]
            seen = torch.roll(patches[rows] * light, shift, dims=(2, 3))
            logits = network(seen)[:, 0]
            loss = F.binary_cross_entropy_with_logits(logits, labels[rows], weights[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


def _stack(cases: list[Case], kind: int) -> np.ndarray:
    patches = np.concatenate([case.patches[kind] for case in cases]).astype(np.float32) / 255
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))
