"""The same work as a Ray Data pipeline: on this machine, or on a cluster whose machines reach the same storage. What
drives it is a process of its own, for one that loses its cluster is ended by Ray without a word."""

from __future__ import annotations

import logging
import math
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection

from gazehub.batch.processes import MOST_DEATHS, spawn
from gazehub.batch.worker import Corrector, Order, Record

BLOCK = 8  # photos that a worker is given at a time: what comes back comes back by block
REFUSED = "refused"  # outcome of every photo where no worker can start: it ends the run


class _Attempts:
    """How often a photo was begun: Ray would give one that kills its workers to a new one for ever."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()

    def begin(self, photo: str) -> int:
        self.begun[photo] += 1
        return self.begun[photo]

    def end(self, photo: str) -> None:
        del self.begun[photo]


class _Worker:
    """A `Corrector` in a process of Ray's: rows in, rows out."""

    def __init__(self, order: Order, attempts) -> None:
        self.attempts = attempts
        try:
            self.corrector, self.refusal = Corrector(order), ""
        except (ValueError, OSError) as error:  # Ray would print a constructor's errors at length, and try it again
            self.refusal = str(error)

    def __call__(self, row: dict) -> dict:
        import ray

        photo = row["photo"]
        if self.refusal:
            return asdict(Record(photo, outcome=REFUSED, error=self.refusal))
        if ray.get(self.attempts.begin.remote(photo)) > MOST_DEATHS:
            return asdict(Record(photo, error=f"Its worker died {MOST_DEATHS} times (too little memory?)."))
        record = self.corrector(photo, row["name"])
        self.attempts.end.remote(photo)
        return asdict(record)


def correct_with_ray(order: Order, jobs: list[tuple[str, str]], address: str, workers: int | None) -> Iterator[Record]:
    """Records, as blocks of photos are finished. What is lost with a worker or a machine is done again elsewhere.

    Args:
        address: "local", or what `ray.init` takes.
        workers: None for all the processors there are.

    Raises:
        ValueError: Ray is not installed, there is no such cluster, no worker can start there, or it went away.
    """
    connection, driver = spawn(_drive, order, jobs, address, workers)
    try:
        while (answer := connection.recv()) is not None:
            if isinstance(answer, str):
                raise ValueError(answer)
            yield answer
    except (EOFError, ConnectionError):
        raise ValueError(f"Ray at {address} went away. The same command goes on where this one stopped.") from None
    finally:
        driver.terminate()  # it takes down what it started
        driver.join()


def _drive(
    connection: Connection, order: Order, jobs: list[tuple[str, str]], address: str, workers: int | None
) -> None:
    """What the driver does: it sends records, then None, or a sentence that says why there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started us decides
    try:
        for record in _correct(order, jobs, address, workers):
            connection.send(record)
    except ValueError as error:
        connection.send(str(error))
    else:
        connection.send(None)


def _correct(order: Order, jobs: list[tuple[str, str]], address: str, workers: int | None) -> Iterator[Record]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts
    try:
        import ray
        import ray.data
    except ImportError:
        raise ValueError("Ray Data is not installed: pip install 'gazehub[scale]'") from None
    local = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **local)
    except (ConnectionError, RuntimeError) as error:
        raise ValueError(f"There is no Ray at {address} ({str(error).splitlines()[0]}).") from error
    try:
        yield from _records(order, jobs, workers or max(1, int(ray.cluster_resources().get("CPU", 1))))
    except ray.exceptions.RayError as error:
        raise ValueError(f"Ray gave up: {str(error).strip().splitlines()[-1]}") from error
    finally:
        ray.shutdown()


def _records(order: Order, jobs: list[tuple[str, str]], workers: int) -> Iterator[Record]:
    import ray

    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    attempts = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Attempts).remote()
    rows = [{"photo": photo, "name": name} for photo, name in jobs]
    blocks = math.ceil(len(rows) / BLOCK)
    results = ray.data.from_items(rows, override_num_blocks=blocks).map(
        _Worker,
        fn_constructor_args=(order, attempts),
        # One block at a time: what waits in a process is lost with it.
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(workers, blocks), max_tasks_in_flight_per_actor=1),
        num_cpus=1,
        num_gpus=1 if order.device not in (None, "cpu") else 0,
    )
    for row in results.iter_rows():
        if row["outcome"] == REFUSED:
            raise ValueError(row["error"])
        yield Record(**row)
