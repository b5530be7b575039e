"""Work that goes on in a thread of its own while its results are used."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")
END = object()


def ahead(items: Generator[T, None, None], most: int) -> Generator[T, None, None]:
    """The same items, made in a thread that is at most `most` of them ahead.

    Its errors are raised here. Closing the generator that is returned ends the thread and closes `items`.
    """
    queue: Queue = Queue(most)
    unwanted = threading.Event()

    def put(entry: tuple[object, BaseException | None]) -> bool:
        while not unwanted.is_set():
            try:
                queue.put(entry, timeout=0.1)
                return True
            except Full:
                continue
        return False

    def work() -> None:
        try:
            with closing(items):
                for item in items:
                    if not put((item, None)):
                        return
        except BaseException as error:  # whatever it is, it's for the one who waits for the next item
            put((END, error))
        else:
            put((END, None))

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if error is not None:
                raise error
            if item is END:
                return
            yield item
    finally:
        unwanted.set()
        thread.join()
