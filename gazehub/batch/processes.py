"""Processes of this machine, each with a pipe to this one: when one dies it is known on which photo, a new one takes
its place, and the others work on."""

from __future__ import annotations

import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from gazehub.batch.worker import Corrector, Order, Record
from gazehub.files.failures import sentence

MOST_DEATHS = 3  # of workers on one photo, or as they start
READY = "ready"

Job = tuple[str, str]  # photo, name of its picture


@dataclass
class _Worker:
    process: BaseProcess
    job: Job
    ready: bool = False


def correct_in_processes(order: Order, jobs: list[Job], workers: int) -> Iterator[Record]:
    """Records, in the order in which photos are finished.

    Raises:
        ValueError: no worker can start, for instance because there are no such weights.
    """
    waiting, again, deaths, bad_starts = iter(jobs), deque(), Counter(), 0
    crew: dict[Connection, _Worker] = {}

    def next_job() -> Job | None:
        return again.popleft() if again else next(waiting, None)

    try:
        while True:
            while len(crew) < workers and (job := next_job()) is not None:
                connection, worker = _start(order, job)
                crew[connection] = worker
            if not crew:
                return
            for connection in wait(list(crew)):
                worker = crew[connection]
                try:
                    answer = connection.recv()
                except (EOFError, OSError):  # it died
                    _dismiss(crew, connection)
                    if not worker.ready:
                        bad_starts += 1
                        if bad_starts >= MOST_DEATHS:
                            raise ValueError("The workers die as they start; is there enough memory?") from None
                        again.append(worker.job)
                        continue
                    deaths[worker.job] += 1
                    if deaths[worker.job] < MOST_DEATHS:
                        again.append(worker.job)
                    else:
                        yield Record(worker.job[0], error=f"Its worker died {MOST_DEATHS} times (too little memory?).")
                    continue
                if answer == READY:
                    worker.ready, bad_starts = True, 0
                elif isinstance(answer, str):
                    raise ValueError(answer)
                else:
                    job = next_job()
                    if job is None:
                        _dismiss(crew, connection)
                    else:
                        worker.job = job
                        _give(connection, job)
                    yield answer  # after the worker has its next photo: writing the line takes time too
    finally:
        for worker in crew.values():
            worker.process.kill()
        for connection in list(crew):
            _dismiss(crew, connection)


def _start(order: Order, job: Job) -> tuple[Connection, _Worker]:
    connection, process = spawn(_work, order)
    _give(connection, job)
    return connection, _Worker(process, job)


def spawn(work: Callable, *arguments) -> tuple[Connection, BaseProcess]:
    """This end of a pipe, and the process at the other one, whose death closes it: `work(connection, *arguments)`."""
    context = get_context("spawn")  # forking a process that runs threads can hang the child
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _give(connection: Connection, job: Job) -> None:
    try:
        connection.send(job)
    except OSError:
        pass  # it died, which its end of the pipe will say


def _dismiss(crew: dict[Connection, _Worker], connection: Connection) -> None:
    connection.close()
    crew.pop(connection).process.join()


def _work(connection: Connection, order: Order) -> None:
    """What a worker does until its pipe is closed, from whichever end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started us decides
    try:
        corrector = Corrector(order)
    except Exception as error:  # nobody sees what a worker prints
        connection.send(sentence(error))
        return
    try:
        connection.send(READY)
        while True:
            record = corrector(*connection.recv())
            connection.send(record)
    except (EOFError, OSError):
        return  # parts that nobody asked for any more are taken away at the next start
