"""Who is in which file, and which files are held out: from file names, a CSV, or the CelebGaze layout."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CELEBGAZE_DOMAINS = {"1": "X", "0": "Y"}
CELEBGAZE_TEST = {"X": 100, "Y": 300}  # the last so many of each domain, as in the paper


@dataclass(frozen=True)
class Sitter:
    """Who is in a file.

    Args:
        person: the same name in all files of a person.
        source: where the file comes from, or "".
        at_camera: this person is known to look into the lens.
    """

    person: str
    source: str = ""
    at_camera: bool = False


def read_people(path: Path, names: list[str]) -> dict[str, Sitter]:
    """The sitter of every file, from a CSV with the columns file and person, and perhaps source and camera ("yes"
    where a file is known to look into the lens); files that it does not list stand for themselves.

    Raises:
        ValueError: the CSV lacks a column.
    """
    with open(path, newline="") as handle:
        rows = list(csv.DictReader(handle))
    if not rows or not {"file", "person"} <= set(rows[0]):
        raise ValueError(f"{path} needs the columns file and person")
    listed = {row["file"]: row for row in rows}
    sitters = {name: Sitter(name) for name in names}
    for name in sitters.keys() & listed.keys():
        row = listed[name]
        sitters[name] = Sitter(row["person"], row.get("source") or "", row.get("camera") == "yes")
    return sitters


def people_from_names(names: list[str]) -> dict[str, Sitter]:
    """The sitter of every file from its name: `anna_01.jpg` and `anna-2.jpg` are one person.

    A stem that would stand for more than a twentieth of a large folder is no person's name (`IMG_0001.jpg`), so its
    files stand for themselves.
    """
    stems = {name: re.sub(r"[ _-]*\d+$", "", str(Path(name).with_suffix(""))) or name for name in names}
    sizes = Counter(stems.values())
    return {name: Sitter(stem if sizes[stem] <= max(20, len(names) / 20) else name) for name, stem in stems.items()}


def read_eye_centers(portraits: Path) -> dict[str, np.ndarray]:
    """(2, 2) eye centres by file stem from CelebGaze lists (`id lx ly rx ry`, pixels at 256 x 256)."""
    centers = {}
    for path in portraits.glob("*.txt"):
        for line in path.read_text().splitlines():
            words = line.split()
            if len(words) == 5:
                centers[Path(words[0]).stem] = np.array(words[1:], float).reshape(2, 2)
    return centers


def use_celebgaze_split(rows: list[dict]) -> None:
    """Where the files lie in `1/` and `0/`, these are the domains, and the last of each are the test set."""
    folders = [Path(row["file"]).parts[0] for row in rows]
    if set(folders) != set(CELEBGAZE_DOMAINS):
        return
    for folder, domain in CELEBGAZE_DOMAINS.items():
        members = [row for row, name in zip(rows, folders) if name == folder]
        held_out = min(CELEBGAZE_TEST[domain], len(members) // 4)
        for index, row in enumerate(members):
            row["domain"], row["split"] = domain, "test" if index >= len(members) - held_out else "train"
