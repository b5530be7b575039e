"""A folder of portraits that was not prepared: who is on them, who is held out, and who looks into the lens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazehub.files.images import load_image
from train.corpus.people import people_from_names, read_people

HOLDOUT = 0.25  # as `train.corpus.prepare` does by default
FOLDS = 4  # to try on some people what was fitted on the others
CAMERA_SOURCES = ("webmorph", "senate", "congress", "finland")  # official and studio portraits: they look at the lens
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class ListedPortrait:
    """
    Args:
        name: path in the folder.
        camera: known to look into the lens.
        draw: 0..1, by the person alone.
    """

    path: Path
    name: str
    person: str
    source: str
    camera: bool
    draw: float

    @property
    def held_out(self) -> bool:
        return self.draw < HOLDOUT

    @property
    def fold(self) -> int:
        return int(self.draw * FOLDS)

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return np.asarray(load_image(self.path))


def list_portraits(
    folder: Path, people: Path | None = None, camera_sources: tuple[str, ...] = CAMERA_SOURCES
) -> list[ListedPortrait]:
    """In an order that says nothing about them, and is always the same.

    Args:
        people: CSV as `train.corpus.people.read_people` takes it.
        camera_sources: look into the lens, beside those of whom the CSV says so; a source is what the CSV says, or a
            file's name up to its first "_".

    Raises:
        ValueError: there is no picture, or the CSV lacks its columns.
    """
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not names:
        raise ValueError(f"{folder} holds no picture ({', '.join(sorted(SUFFIXES))})")
    sitters = read_people(people, names) if people else people_from_names(names)
    portraits = []
    for name in sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest()):
        sitter = sitters[name]
        source = sitter.source or Path(name).stem.partition("_")[0]
        camera = sitter.at_camera or source in camera_sources
        portraits.append(ListedPortrait(folder / name, name, sitter.person, source, camera, _draw(sitter.person)))
    return portraits


def _draw(person: str) -> float:
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
