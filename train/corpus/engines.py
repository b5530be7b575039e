"""What runs the parts of a preparation: processes of this machine, or Ray on many.

Ray, because tasks that are lost with a worker or a machine are run again elsewhere without a line of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context

Run = Callable[[Callable, Sequence], Iterator]  # run(function, tasks) -> results in the order of the tasks
Engine = Callable[[], AbstractContextManager[Run]]


@contextmanager
def local_engine(workers: int) -> Iterator[Run]:
    """Processes of this machine.

    Raises:
        ValueError: one of them was killed.
    """
    # Forking a process that runs threads (onnxruntime's, torch's) can crash or hang the child; `multiprocessing.Pool`
    # waits for ever for a worker that was killed, this one raises BrokenProcessPool.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            yield pool.map
        except BrokenProcessPool:
            raise ValueError("a worker was killed, perhaps for want of memory: take fewer workers") from None


@contextmanager
def ray_engine(workers: int, address: str) -> Iterator[Run]:
    """Ray tasks; one that dies with its worker is run again.

    Args:
        workers: tasks at a time, where `address` is "local" (this machine); a cluster has its own number.
        address: "local", or what `ray.init` takes.

    Raises:
        ValueError: Ray is not installed.
    """
    try:
        import ray
    except ModuleNotFoundError:
        raise ValueError("Ray is not installed: pip install 'gazehub[scale]'") from None
    local = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    ray.init(address=address, log_to_driver=False, **local)

    def run(function: Callable, tasks: Sequence) -> Iterator:
        remote = ray.remote(max_retries=5)(function)
        for result in [remote.remote(task) for task in tasks]:
            yield ray.get(result)

    try:
        yield run
    finally:
        ray.shutdown()
