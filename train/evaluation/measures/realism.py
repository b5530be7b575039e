"""Can a classifier tell corrected eyes from real ones that look into the camera? 0.5 = it can't.

It learns on the people of training: on their averted portraits, corrected, beside their camera portraits. What it can
tell is asked of people who were held out. Another one, made alike, learns eyes that were turned without a network,
which says how strong such a classifier is. A third one sees what surrounds the eyes alone, which is nowhere redrawn:
people who look away narrow their lids, raise their brows or turn their heads, and are told by that however well their
eyes are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from gazehub.files.images import load_image
from gazehub.gaze import face_residual
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from train.baselines.pipeline import WholeFacePipeline
from train.corpus.batches import Corpus
from train.evaluation.cases import CORRECTED, TURNED, Case, is_averted, looks, source_of
from train.evaluation.measures.classifier import Classifier, auc, balance, fit, scores

FEWEST = 20  # corrected faces, to learn from and to be told
REAL_SHARE = 1.5  # real eyes to learn from, to a corrected one


@dataclass(frozen=True)
class Eyes:
    """
    Args:
        patches: (N, 3, 96, 144) float32 in 0..1.
        sources: (N,) where each photo comes from.
    """

    patches: np.ndarray
    sources: np.ndarray


def realism(pipeline: GazePipeline | WholeFacePipeline, cases: list[Case], folder: Path, portraits: Path) -> dict:
    """AUC against the real camera eyes of the same split: of corrected eyes, of what surrounds them, and of eyes that
    `rotate_eyeball` turned.

    Sources differ in sharpness and light, so within each source both kinds weigh the same in training, and the AUC is
    the mean of those of the sources, weighted by their corrected faces.

    Args:
        cases: of people held out.
        folder: the corpus; of the portraits that were learnt from those in `portraits` are corrected.
    """
    train, test = (Corpus(folder, split) for split in ("train", "test"))
    comparable = _camera_sources(train) & _camera_sources(test)
    told = [case for case in cases if is_averted(case) and case.skipped is None and case.source in comparable]
    if len(told) < FEWEST:
        return {"not measured": f"needs {FEWEST} corrected faces that were held out, and camera portraits beside them"}
    known = [face for face in learnt_from(pipeline, train, portraits) if face[0] in comparable]
    if len(known) < FEWEST:
        return {"not measured": f"needs {FEWEST} corrected faces to learn from, and camera portraits beside them"}
    asked = [(case.source, case.patches) for case in told]
    result: dict = {"learnt from": len(known), "corrected faces": len(told)}
    for name, kind in (("corrected", CORRECTED), ("turned eyeball", TURNED)):
        seen, unseen = (_eyes(faces, kind) for faces in (known, asked))
        real, real_unseen = _camera_eyes(train, seen, int(REAL_SHARE * len(seen.sources))), _camera_eyes(test, unseen)
        result[name] = _told(real, seen, real_unseen, unseen)
        if kind == CORRECTED:
            result["surroundings"] = _told(*map(surroundings, (real, seen, real_unseen, unseen)))
    return result


def _told(real: Eyes, changed: Eyes, real_unseen: Eyes, changed_unseen: Eyes) -> float:
    """AUC on unseen people of a classifier that learns from the others."""
    return round(_mean_auc(fit(*_labelled(real, changed)), real_unseen, changed_unseen), 3)


def surroundings(eyes: Eyes) -> Eyes:
    """With the same grey wherever something may be redrawn."""
    redrawn = soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT)) > 0
    return Eyes(np.where(redrawn, np.float32(0.5), eyes.patches), eyes.sources)


def learnt_from(
    pipeline: GazePipeline | WholeFacePipeline, corpus: Corpus, portraits: Path
) -> list[tuple[str, np.ndarray]]:
    """Source and (3, 2, 96, 144, 3) patches, as in `Case`, of every portrait that does not look into the camera."""
    found = []
    for row, turned in zip(corpus.rows, corpus.turned):
        if turned or row["domain"] == "X":
            continue
        image = np.asarray(load_image(portraits / row["file"]))
        faces = pipeline.landmarker(image)
        try:
            output = pipeline.correct(image, faces="largest")
        except NoFaceError:
            continue
        if output.faces[0].skipped is None:
            before = face_residual(pipeline.camera_coefficients, faces[0])
            found.append((source_of(row), looks(image, np.asarray(output.image), faces[0], before)))
    return found


def _camera_sources(corpus: Corpus) -> set[str]:
    return {source_of(corpus.rows[face]) for face in corpus.camera_photos}


def _eyes(faces: Sequence[tuple[str, np.ndarray]], kind: int) -> Eyes:
    """Of those faces that have this kind of look."""
    shown = [(source, patches[kind]) for source, patches in faces if patches[kind].any()]
    patches = np.concatenate([patches for _, patches in shown]).astype(np.float32) / 255
    return Eyes(np.ascontiguousarray(patches.transpose(0, 3, 1, 2)), np.repeat([source for source, _ in shown], 2))


def _camera_eyes(corpus: Corpus, like: Eyes, count: int | None = None) -> Eyes:
    """Real eyes of the same sources that look into the camera; at most about `count`."""
    sources = np.array([source_of(corpus.rows[face]) for face in corpus.camera_photos])
    chosen = corpus.camera_photos[np.isin(sources, like.sources)]
    if count is not None:
        chosen = np.random.default_rng(0).permutation(chosen)[: count // 2]
    patches = np.concatenate([corpus.eyes(face) for face in chosen])
    return Eyes(patches, np.repeat([source_of(corpus.rows[face]) for face in chosen], 2))


def _labelled(real: Eyes, changed: Eyes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches, labels (1 where changed) and weights."""
    labels = np.repeat([0.0, 1.0], [len(real.sources), len(changed.sources)])
    patches = np.concatenate([real.patches, changed.patches])
    return patches, labels, balance(labels, np.concatenate([real.sources, changed.sources]))


def _mean_auc(classifier: Classifier, real: Eyes, changed: Eyes) -> float:
    parts = []
    of_real, of_changed = (scores(classifier, eyes.patches) for eyes in (real, changed))
    for source in np.unique(changed.sources):
        ours, theirs = of_changed[changed.sources == source], of_real[real.sources == source]
        labels = np.repeat([0.0, 1.0], [len(theirs), len(ours)])
        parts.append((auc(np.concatenate([theirs, ours]), labels), len(ours)))
    aucs, sizes = zip(*parts)
    return float(np.average(aucs, weights=sizes))
