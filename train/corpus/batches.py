"""Batches from a prepared corpus: which eye is shown, which is asked for, and how both are photographed."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_SCALE, PATCH_WIDTH, frame_to_patch, patch_grid
from train.corpus.shards import MARGIN_HEIGHT, MARGIN_WIDTH, shard_files

PSEUDO_WEIGHT = 0.6  # of a re-centred real eye as a target: where it looks is right, how it looks less so
AVERTED_SHARE, TURNED_SHARE = 0.3, 0.25  # of the faces in a batch: real ones that look away, heads that were turned
MOST_OFTEN = 5.0  # times its own share that a group is drawn: of a few faces too many batches would be made


@dataclass
class Batch:
    """Eyes of F faces, image-left then image-right of each: B = 2 F.

    Args:
        source, target: (B, 3, 96, 144) the eye shown, and the same eye as asked for.
        source_offset, target_offset: (B, 2) their gaze offsets.
        real, real_offset: the same eyes as photographed.
        centered: (B, 3, 96, 144) the same eyes looking into the camera; `has_centered` (B,) 1 where that is known.
        weight: (B,) of the target in pixel losses.
        averted: (B,) 1 where the source is a real eye that looks away, and no picture shows it at the camera.
        own: (F,) share of an eye's own content code, the rest being its partner's (mirror learning).
    """

    source: Tensor
    target: Tensor
    real: Tensor
    centered: Tensor
    source_offset: Tensor
    target_offset: Tensor
    real_offset: Tensor
    has_centered: Tensor
    weight: Tensor
    averted: Tensor
    own: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


class Corpus:
    """One split of a corpus folder (see `train.corpus.prepare`)."""

    def __init__(self, folder: Path, split: str) -> None:
        with open(folder / "faces.csv", newline="") as handle:
            rows = list(csv.DictReader(handle))
        if rows and "turned_yaw" not in rows[0]:
            raise ValueError(f"{folder} is a corpus of gazehub 0.1: prepare it again")
        keep = np.array([row["split"] == split for row in rows])
        if not keep.any():
            raise ValueError(f"{folder} has no {split} faces: prepare it with another --holdout")
        self.folder = folder
        self.rows = [row for row, kept in zip(rows, keep) if kept]
        self.index = np.flatnonzero(keep)
        self._shard_faces = json.loads((folder / "manifest.json").read_text())["settings"]["shard_faces"]
        numbers = range(-(-len(rows) // self._shard_faces))
        files = [shard_files(folder, number) for number in numbers]
        self._shards = [np.load(patches, mmap_mode="r") for patches, _ in files]  # read as they are used
        self.offsets = np.concatenate([np.load(offsets) for _, offsets in files])[keep]
        self.camera = np.load(folder / "camera.npy")[keep]
        self.domain = np.array([row["domain"] for row in self.rows])
        self.turned = np.array([is_turned(row) for row in self.rows])
        self.camera_photos = np.flatnonzero((self.domain == "X") & ~self.turned)
        # A copy counts only when both eyes could be turned; column 0, the photo itself, always does.
        self.valid = np.isfinite(self.offsets[..., 0]).all(axis=1)
        sizes = Counter(row["source"] for row in self.rows)
        self.rarity = np.array([sizes[row["source"]] ** -0.5 for row in self.rows])
        self.centerable = (self.domain == "X") | ((self.domain == "Y") & self.valid[:, 1])
        self.turnable = self.valid[:, 1:].any(axis=1)

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, seed: tuple[int, int], corrections: int, animations: int, rank: int = 0, ranks: int = 1) -> Batch:
        """`corrections` faces whose target looks into the camera, then `animations` whose target looks anywhere.

        Args:
            seed: the batch depends on nothing else.
            rank, ranks: of all these faces, every `ranks`-th from `rank` on: the shares of all ranks are the batch.
        """
        rng = np.random.default_rng(seed)
        drawn = self._draw(rng, corrections, self.centerable), self._draw(rng, animations, self.turnable)
        chosen = np.concatenate(drawn)
        own = rng.choice([0.0, 0.5, 0.5, 1.0], size=len(chosen))
        mine = [*range(rank, corrections, ranks), *range(corrections + rank, len(chosen), ranks)]
        parts = [
            self._face(np.random.default_rng([*seed, place]), chosen[place], place < corrections) for place in mine
        ]
        stacked = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        tensors = {key: torch.from_numpy(value).float() for key, value in stacked.items()}
        return Batch(own=torch.from_numpy(own[mine]).float(), **tensors)

    def _draw(self, rng: np.random.Generator, count: int, allowed: np.ndarray) -> np.ndarray:
        weights = self.rarity * allowed
        averted = (self.domain == "Y") & ~self.turned
        rest = ~averted & ~self.turned
        own = [(weights * group).sum() / weights.sum() for group in (averted, self.turned)]
        shares = [min(share, MOST_OFTEN * each) for share, each in zip((AVERTED_SHARE, TURNED_SHARE), own)]
        for group, share in zip((averted, self.turned, rest), (*shares, 1 - sum(shares))):
            weights = np.where(group, weights * share / max((weights * group).sum(), 1e-9), weights)
        return rng.choice(len(self), size=count, p=weights / weights.sum())

    def _choose(self, rng: np.random.Generator, face: int, correct: bool) -> tuple[int, int, float]:
        """Which copies of a face are source and target, and the target's weight in pixel losses."""
        domain, copies = self.domain[face], np.flatnonzero(self.valid[face])
        if correct:
            target = 0 if domain == "X" else 1
            others = copies[copies != target]
            source = 0 if domain == "Y" and rng.random() < 0.7 else int(rng.choice(others if len(others) else copies))
            if rng.random() < 0.15:
                source = target  # who already looks into the camera stays as they are
        else:
            source = 0 if rng.random() < 0.5 else int(rng.choice(copies))
            target = 0 if source != 0 and rng.random() < 0.4 else int(rng.choice(copies))
        pseudo = correct and domain != "X" and target != 0 and not self.turned[face]
        return source, target, PSEUDO_WEIGHT if pseudo else 1.0

    def _face(self, rng: np.random.Generator, face: int, correct: bool) -> dict[str, np.ndarray]:
        """Both eyes of one face, photographed alike."""
        domain = self.domain[face]
        centered = {"X": 0, "Y": 1}.get(domain, 0)
        has_centered = domain != "between" and bool(self.valid[face, centered])
        source, target, weight = self._choose(rng, face, correct)
        look = Look(rng)
        names = {"source": source, "target": target, "real": 0, "centered": centered}
        part: dict[str, list] = {name: [] for name in names}
        part |= {"source_offset": [], "target_offset": [], "real_offset": []}
        for side in range(2):
            jitter = Jitter(rng)
            cut = {copy: look(jitter.crop(self._patches(face)[side, copy])) for copy in set(names.values())}
            for name, copy in names.items():
                part[name].append(cut[copy])
            for name in ("source", "target", "real"):
                part[f"{name}_offset"].append(jitter.move(self.offsets[face, side, names[name]]))
        arrays = {name: np.stack(values) for name, values in part.items()}
        arrays["has_centered"] = np.full(2, float(has_centered))
        arrays["weight"] = np.full(2, weight)
        arrays["averted"] = np.full(2, float(domain == "Y" and source == 0 and not self.turned[face]))
        return arrays

    def _patches(self, face: int) -> np.ndarray:
        shard, row = divmod(self.index[face], self._shard_faces)
        return self._shards[shard][row]

    def eyes(self, face: int, copy: int = 0) -> np.ndarray:
        """(2, 3, 96, 144) float32 patches of a face in 0..1, without augmentation."""
        left, top = (MARGIN_WIDTH - PATCH_WIDTH) // 2, (MARGIN_HEIGHT - PATCH_HEIGHT) // 2
        cut = self._patches(face)[:, copy, top : top + PATCH_HEIGHT, left : left + PATCH_WIDTH]
        return cut.transpose(0, 3, 1, 2).astype(np.float32) / 255


def is_turned(row: dict) -> bool:
    """Whether a row of faces.csv is no photo, but one with the head turned."""
    return float(row["turned_yaw"]) != 0


class Jitter:
    """A small similarity of the eye frame: landmarks jitter in real use."""

    def __init__(self, rng: np.random.Generator) -> None:
        angle, scale = np.radians(rng.normal(0, 2.0)), np.exp(rng.normal(0, 0.03))
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self.linear, self.shift = scale * rotation, rng.normal(0, 0.012, 2)

    def move(self, offset: np.ndarray) -> np.ndarray:
        """Where the jittered frame sees a point of the frame, eye widths."""
        return self.linear @ offset + self.shift

    def crop(self, patch: np.ndarray) -> np.ndarray:
        """(120, 168, 3) -> (96, 144, 3) float32 in 0..1."""
        start = frame_to_patch(np.zeros(2), MARGIN_WIDTH, MARGIN_HEIGHT)
        end = frame_to_patch(np.zeros(2)) + PATCH_SCALE * self.shift
        matrix = np.column_stack([self.linear, end - self.linear @ start])
        size = (PATCH_WIDTH, PATCH_HEIGHT)
        cut = cv2.warpAffine(patch, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return cut.astype(np.float32) / 255


class Look:
    """One way to photograph a face: light, colour, sharpness, compression."""

    def __init__(self, rng: np.random.Generator) -> None:
        tint = 0.12 if rng.random() < 0.2 else 0.03  # lamps and sunsets are warm, screens and shade are cold
        self.gain = np.exp(rng.normal(0, 0.12) + rng.normal(0, tint, 3)).astype(np.float32)
        self.shadow = _hard_shadow(rng) if rng.random() < 0.15 else None
        self.gamma = float(np.exp(rng.normal(0, 0.15)))
        self.saturation = 0.0 if rng.random() < 0.04 else float(np.exp(rng.normal(0, 0.15)))
        self.blur = float(rng.uniform(0.4, 1.5)) if rng.random() < 0.3 else 0.0
        self.quality = int(rng.integers(50, 96)) if rng.random() < 0.3 else 0

    def __call__(self, patch: np.ndarray) -> np.ndarray:
        """(96, 144, 3) float32 in 0..1 -> (3, 96, 144)."""
        patch = np.clip(patch, 1e-4, 1) ** self.gamma * self.gain
        if self.shadow is not None:
            patch = patch * self.shadow
        gray = patch.mean(axis=2, keepdims=True)
        patch = np.clip(gray + self.saturation * (patch - gray), 0, 1)
        if self.blur:
            patch = cv2.GaussianBlur(patch, (0, 0), self.blur)
        if self.quality:
            _, code = cv2.imencode(
                ".jpg", (patch * 255 + 0.5).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, self.quality]
            )
            patch = cv2.imdecode(code, cv2.IMREAD_COLOR).astype(np.float32) / 255
        return np.ascontiguousarray(patch.transpose(2, 0, 1))


def _hard_shadow(rng: np.random.Generator) -> np.ndarray:
    """(96, 144, 1) float32 share of the light that a shadow with a straight edge leaves."""
    x, y = patch_grid(PATCH_WIDTH, PATCH_HEIGHT)
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(0.02, 0.2)
    depth = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.4, 0.4)
    return np.float32(1 - rng.uniform(0.3, 0.75) / (1 + np.exp(-depth / softness)))[..., None]
