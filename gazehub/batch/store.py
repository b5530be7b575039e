"""Object stores and other places that have a URL, through fsspec, and the report there.

A file in a store can't be appended to, so lines are written in groups, each a file of its own (`gazehub-00002.csv`);
when a run ends they become one. Files are only ever added, and taken away once what they say is elsewhere: no stop in
between loses a line.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable, Iterator

from gazehub.batch.place import is_url, open_store
from gazehub.batch.report import COLUMNS, TEXT, Done, FolderReport, line, rows_of, still_true
from gazehub.batch.worker import Order, Record

GROUP, GROUP_SECONDS = 64, 10.0  # lines are written when there are so many, or so long after the last
REPORT_PART = re.compile(r"gazehub-(\d{5,})\.csv")


def report_at(order: Order, names: dict[str, str]) -> FolderReport | StoreReport:
    return (StoreReport if is_url(order.output) else FolderReport)(order.output, names, order.settings)


class StoreReport:
    """The report in a store; arguments and methods as those of `FolderReport`. Pictures are in their place before
    their lines are: what has none is made again."""

    def __init__(self, url: str, names: dict[str, str], settings: str) -> None:
        self.store, self.folder = open_store(url)
        self.names, self.settings = names, settings
        self._number = 0  # of the last file
        self._group: list[dict] = []
        self._started: float | None = None  # when the group was; None before the first

    def resume(self) -> Done:
        done = Done()
        for _ in self._kept(done):
            pass
        return done

    def commit(self, record: Record) -> None:
        if self._started is None:
            self.store.makedirs(self.folder, exist_ok=True)
            self._merge(self._kept(Done()))
            self._started = time.monotonic()
        self._group.append(line(record, self.settings))
        if len(self._group) >= GROUP or time.monotonic() - self._started > GROUP_SECONDS:
            self._write_group()

    def close(self) -> None:
        if self._started is not None:
            self._write_group()
            self._merge(self._rows())

    def _write_group(self) -> None:
        if self._group:
            self._write(self._group)
        self._group, self._started = [], time.monotonic()

    def _merge(self, rows: Iterable[dict]) -> None:
        old = self._parts()
        self._number = max(old, default=0)
        self._write(rows)
        for name in old.values():
            self.store.rm_file(f"{self.folder}/{name}")

    def _write(self, rows: Iterable[dict]) -> None:
        self._number += 1
        with self.store.open(f"{self.folder}/gazehub-{self._number:05d}.csv", "w", **TEXT) as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        self.store.invalidate_cache(self.folder)

    def _kept(self, done: Done) -> Iterator[dict]:
        return still_true(self._rows(), self.names, self._listing(), self.settings, done)

    def _rows(self) -> Iterator[dict]:
        for _, name in sorted(self._parts().items()):
            with self.store.open(f"{self.folder}/{name}", "r", **TEXT) as file:
                yield from rows_of(file, name)

    def _parts(self) -> dict[int, str]:
        found = (REPORT_PART.fullmatch(name) for name in self._listing())
        return {int(match[1]): match[0] for match in found if match}

    def _listing(self) -> set[str]:
        self.store.invalidate_cache(self.folder)
        if not self.store.exists(self.folder):
            return set()
        return {name.rsplit("/", 1)[-1] for name in self.store.ls(self.folder, detail=False)}
