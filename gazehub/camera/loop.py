"""The loop of a live picture: take the newest, correct it, show it.

What can't be shown in time is dropped, never queued: a queue would be a delay that stays.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from queue import Empty, Full, Queue
from statistics import median
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gazehub.camera.keys import Controls
from gazehub.camera.sources import Shot

if TYPE_CHECKING:
    from gazehub.pipeline_video import GazeStream

SHOWN_EVERY = 1.0  # seconds between two lines of numbers
WAIT = 0.1  # seconds; on Windows, Ctrl-C comes through only between two waits


class Source(Protocol):
    def shots(self) -> Iterator[Shot]: ...


class Sink(Protocol):
    def show(self, frame: np.ndarray) -> None: ...


def run(
    source: Source,
    sinks: Sequence[Sink],
    stream: GazeStream,
    controls: Controls,
    keys: Callable[[], str],
    tell: Callable[[str], object],
) -> None:
    """Until the source ends or a key says so.

    Args:
        sinks: each is shown every frame; while the controls are off, the source's own.
        stream: what corrects the frames; the controls set its strength.
        keys: gives what was pressed since the last call.
        tell: called with a line of text once a second.

    Raises:
        What source and sinks raise.
    """
    numbers = Numbers(time.monotonic())
    with closing(newest(source.shots())) as shots:
        for shot in shots:
            controls = controls.after(keys())
            if controls.ended:
                return
            frame = shot.frame
            if controls.on:
                stream.strength = controls.strength
                frame, _ = stream(frame, shot.seconds)
            for sink in sinks:
                sink.show(frame)
            line = numbers.count(shot, time.monotonic())
            if line:
                tell(f"{controls} | {line}")


class Numbers:
    """Frame rate and delay, from when a frame came until it was shown.

    Args:
        now: seconds, as `Shot.seconds`.
    """

    def __init__(self, now: float) -> None:
        self._since, self._delays, self._last, self._dropped = now, [], -1, 0

    def count(self, shot: Shot, now: float) -> str | None:
        """A frame was shown. Returns a line once a second."""
        self._delays.append(now - shot.seconds)
        self._dropped += shot.number - self._last - 1
        self._last = shot.number
        passed = now - self._since
        if passed < SHOWN_EVERY:
            return None
        rate, delay, dropped = len(self._delays) / passed, 1000 * median(self._delays), self._dropped
        self._since, self._delays, self._dropped = now, [], 0
        return f"{rate:.1f} frames a second, {delay:.0f} ms late" + (f", {dropped} dropped" if dropped else "")


def newest(shots: Iterator[Shot]) -> Iterator[Shot]:
    """The newest shot each time one is asked for; a thread takes them all.

    Its errors are raised here. Closing the generator that is returned ends the thread.
    """
    place: Queue[tuple[Shot | None, BaseException | None]] = Queue(1)
    unwanted = threading.Event()

    def take() -> None:
        failure = None
        try:
            for shot in shots:
                if unwanted.is_set():
                    return
                try:
                    place.get_nowait()
                except Empty:
                    pass
                place.put_nowait((shot, None))  # nobody else puts
        except BaseException as error:  # whatever it is, it's for the one who waits for the next shot
            failure = error
        while not unwanted.is_set():  # the end must not replace the last shot
            try:
                place.put((None, failure), timeout=WAIT)
                return
            except Full:
                continue

    thread = threading.Thread(target=take, name="newest", daemon=True)
    thread.start()
    try:
        while True:
            try:
                shot, failure = place.get(timeout=WAIT)
            except Empty:
                continue
            if failure is not None:
                raise failure
            if shot is None:
                return
            yield shot
    finally:
        unwanted.set()
        thread.join()
