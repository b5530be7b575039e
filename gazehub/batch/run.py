"""A run: what is left to do, done by an engine, committed line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from gazehub.batch.report import Done
from gazehub.batch.store import report_at
from gazehub.batch.worker import Corrector, Order, Record

Engine = Callable[[Order, list[tuple[str, str]]], Iterator[Record]]  # (photo, name of its picture) -> records


class Run:
    """The photos of one command.

    Args:
        names: photo -> name of its picture; absolute paths or URLs, see `gazehub.batch.plan`.
        engine: what does the work; the pictures and lines are the same with any of them.
    """

    def __init__(self, order: Order, names: dict[str, str], engine: Engine) -> None:
        self.order, self.engine = order, engine
        self._report = report_at(order, names)
        self.done: Done = self._report.resume()
        self.jobs = [(photo, name) for photo, name in names.items() if photo not in self.done.photos]

    def __iter__(self) -> Iterator[Record]:
        """Each photo that was to do, once its line and picture are in their places."""
        try:
            if self.jobs:
                with closing(self.engine(self.order, self.jobs)) as records:
                    for record in records:
                        self._report.commit(record)
                        yield record
        finally:
            self._report.close()


def engine_for(workers: int | None, ray_address: str | None) -> Engine:
    if ray_address:
        from gazehub.batch.ray_data import correct_with_ray

        return partial(correct_with_ray, address=ray_address, workers=workers)
    if workers:
        from gazehub.batch.processes import correct_in_processes

        return partial(correct_in_processes, workers=workers)
    return correct_here


def correct_here(order: Order, jobs: list[tuple[str, str]]) -> Iterator[Record]:
    """In this process, one after the other."""
    corrector = Corrector(order)
    for photo, name in jobs:
        yield corrector(photo, name)
