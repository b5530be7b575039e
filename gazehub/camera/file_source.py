"""A video file that plays like a webcam."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from gazehub.camera.sources import Shot
from gazehub.video.reader import Picture, open_video

LONGEST_WAIT = 1.0  # seconds between two pictures


class FileSource:
    """A video file that plays once, at its own speed.

    Args:
        path: .mp4, .mov, .mkv or .webm.

    Raises:
        VideoError: it can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._open = ExitStack()
        self._video = self._open.enter_context(open_video(path))
        self.size, self.rate = self._video.size, float(self._video.rate)

    def shots(self) -> Iterator[Shot]:
        start, number = None, 0
        for picture in self._video.items:
            if not isinstance(picture, Picture):
                continue
            now = time.monotonic()
            start = now - picture.seconds if start is None else start
            time.sleep(min(max(0.0, start + picture.seconds - now), LONGEST_WAIT))
            yield Shot(picture.rgb, number, time.monotonic())
            number += 1

    def close(self) -> None:
        self._open.close()
