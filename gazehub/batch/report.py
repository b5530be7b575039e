"""The report: one line per photo, which is also what a later start goes on from.

A picture counts as done when its line is in the report and it is in its place. In a folder, the line comes first, and
then the picture, which waits as a part until then, is renamed: whatever stops the program, there is no picture without
a line, and a line without its picture is dropped at the next start.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TextIO

from gazehub.batch.worker import FAILED, NO_FACE, PARTS, WRITTEN, Record

REPORT = "gazehub.csv"
COLUMNS = [column.name for column in fields(Record) if column.name != "part"] + ["settings"]
TEXT = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}


@dataclass
class Done:
    """What an earlier run left: photos that need no work, how many of them show no usable face, and how many pictures
    were made with other settings."""

    photos: set[str] = field(default_factory=set)
    without_face: int = 0
    other_settings: int = 0


def still_true(
    rows: Iterable[dict], names: dict[str, str], pictures: set[str], settings: str, done: Done
) -> Iterator[dict]:
    """The lines that hold for a run; adds their photos to `done`.

    Args:
        names: photo -> name of its picture, of this run.
        pictures: what is in the output folder.
    """
    taken, seen = set(names.values()), set()
    for row in rows:
        file, picture = row["file"], row["picture"]
        there = picture in pictures if row["outcome"] == WRITTEN else row["outcome"] in (NO_FACE, FAILED)
        if row["settings"] is None or file in seen or not there:
            continue  # a line that was cut off, is there twice, or whose picture was taken away
        if file not in names:
            if picture not in taken:  # else it will be another photo's
                seen.add(file)
                yield row
        elif row["settings"] != settings:
            done.other_settings += row["outcome"] == WRITTEN
        elif row["outcome"] != FAILED:
            seen.add(file)
            done.photos.add(file)
            done.without_face += row["outcome"] == NO_FACE
            yield row


def line(record: Record, settings: str) -> dict:
    values = asdict(record)
    del values["part"]
    return {**values, "settings": settings}


class FolderReport:
    """`REPORT` in a folder; nothing is written before the first `commit`.

    Args:
        names: photo -> name of its picture, of this run.
        settings: of this run; lines with others don't count.
    """

    def __init__(self, folder: str, names: dict[str, str], settings: str) -> None:
        self.folder, self.names, self.settings = Path(folder), names, settings
        self.path = self.folder / REPORT
        self._file: TextIO | None = None

    def resume(self) -> Done:
        """Read what an earlier run left, and take its unfinished pictures away."""
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)
        done = Done()
        for _ in self._kept(done):
            pass
        return done

    def commit(self, record: Record) -> None:
        if self._file is None:
            self._begin()
        csv.DictWriter(self._file, COLUMNS).writerow(line(record, self.settings))
        self._file.flush()
        if record.part:
            os.replace(record.part, self.folder / record.picture)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / PARTS / REPORT
        new.parent.mkdir(exist_ok=True)
        with open(new, "w", **TEXT) as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self._kept(Done()))
        os.replace(new, self.path)
        self._file = open(self.path, "a", **TEXT)

    def _kept(self, done: Done) -> Iterator[dict]:
        if not self.path.is_file():
            return
        pictures = set(os.listdir(self.folder))
        with open(self.path, **TEXT) as file:
            yield from still_true(rows_of(file, self.path), self.names, pictures, self.settings, done)


def rows_of(file: TextIO, name: object) -> Iterator[dict]:
    """
    Raises:
        ValueError: it is another CSV.
    """
    reader = csv.DictReader(file)
    if reader.fieldnames is not None and reader.fieldnames != COLUMNS:
        raise ValueError(f"{name} is no report of this program: choose another folder, or move it away.")
    yield from reader
