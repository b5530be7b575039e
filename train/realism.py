"""Can a classifier tell corrected eyes from real ones that look into the camera? 0.5 = it can't."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import rankdata
from torch import Tensor, nn

from train.cases import Case, is_camera

FOLDS, EPOCHS, BATCH = 4, 12, 32
FEWEST = 20  # corrected faces
PHOTOGRAPHED, CORRECTED, TURNED = 0, 1, 2  # indexes into Case.patches


def realism(cases: list[Case]) -> dict:
    """AUC against real camera patches of other people, from sources in the same proportion, cross-validated over
    people: for the corrected eyes, and for reference the same eyes uncorrected and turned by `rotate_eyeball`."""
    real = [case for case in cases if is_camera(case)]
    changed = [c for c in cases if not is_camera(c) and c.source != "clips" and c.skipped is None]
    changed = [case for case in changed if case.patches[TURNED].any()]
    available = Counter(case.source for case in real)
    wanted = Counter(case.source for case in changed)
    sources = [source for source in wanted if available[source]]
    if sum(wanted[source] for source in sources) < FEWEST:
        return {"not measured": f"needs {FEWEST} corrected faces and camera portraits of the same sources"}
    share = min(1.0, *(available[source] / wanted[source] for source in sources))
    picked, fakes = [], []
    for source in sources:
        count = max(1, int(share * wanted[source]))
        picked += [case for case in real if case.source == source][:count]
        fakes += [case for case in changed if case.source == source][:count]
    result: dict = {"faces of each kind": len(fakes)}
    for name, kind in (("corrected", CORRECTED), ("as photographed", PHOTOGRAPHED), ("turned eyeball", TURNED)):
        patches = np.concatenate([_stack(picked, PHOTOGRAPHED), _stack(fakes, kind)])
        labels = np.repeat([0.0, 1.0], [2 * len(picked), 2 * len(fakes)])
        people = [case.person for case in (*picked, *fakes) for _ in range(2)]
        result[name] = round(cross_validated_auc(patches, labels, people), 3)
    return result


def cross_validated_auc(patches: np.ndarray, labels: np.ndarray, people: list[str]) -> float:
    """AUC of a small network on people that it was not trained on.

    Args:
        patches: (N, 3, 64, 96) float32 in 0..1; labels: (N,) 0 or 1; people: whose eye each is.
    """
    folds = np.array([int(hashlib.sha256(person.encode()).hexdigest(), 16) % FOLDS for person in people])
    scores = np.zeros(len(labels))
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        if test.any():
            classifier = _fit(torch.from_numpy(patches[train]), torch.from_numpy(labels[train]).float(), fold)
            with torch.inference_mode():
                scores[test] = classifier(torch.from_numpy(patches[test]))[:, 0].numpy()
            scores[test] = rankdata(scores[test]) / test.sum()  # folds differ in calibration
    return auc(scores, labels)


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a 1 scores above a 0."""
    positive = int(labels.sum())
    ranks = rankdata(scores)[labels == 1].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * (len(labels) - positive)))


def _fit(patches: Tensor, labels: Tensor, seed: int) -> nn.Module:
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
            loss = F.binary_cross_entropy_with_logits(network(seen)[:, 0], labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


def _stack(cases: list[Case], kind: int) -> np.ndarray:
    patches = np.concatenate([case.patches[kind] for case in cases]).astype(np.float32) / 255
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))
