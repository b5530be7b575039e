"""A video file with its pictures changed and everything else as it was.

``open_video -> Picture -> see -> draw -> repaint -> VideoWriter``: decoding, seeing, drawing and the rest each have a
thread, so that two cores are busy though each picture builds on the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from gazehub.video.overlap import ahead
from gazehub.video.planes import Colours, beside, repaint
from gazehub.video.reader import Copied, Picture, Video
from gazehub.video.writer import open_writer

T = TypeVar("T")
AHEAD = 3  # items that one thread may be ahead of the next: enough to overlap, and little memory


def rewrite_video(
    video: Video,
    path: Path,
    see: Callable[[np.ndarray, float], T],
    draw: Callable[[T], np.ndarray],
    crf: int | None = None,
    compare: bool = False,
    on_picture: Callable[[], object] = lambda: None,
) -> int:
    """Write `video` to `path` with its pictures changed. If it fails, what is at `path` is no use: see `whole_file`.

    Args:
        video: open; it is read to its end.
        path: .mp4, .mov, .mkv or .webm.
        see: (H, W, 3) uint8 RGB and its time in seconds to whatever `draw` needs.
        draw: that to the changed picture, a new array or the same one. Both are called in order, each in a thread of
            its own, `see` some pictures ahead.
        crf: see `open_writer`.
        compare: before and after side by side, in a picture twice as wide.
        on_picture: called after each picture that was written.

    Returns:
        how many pictures.

    Raises:
        VideoError: something can't be read or written. And what `see` and `draw` raise.
    """
    count = 0
    seen = _seen(ahead(video.items, AHEAD), see)
    drawn = _drawn(ahead(seen, AHEAD), draw)
    with open_writer(path, video, crf, sides=2 if compare else 1) as writer, closing(ahead(drawn, AHEAD)) as items:
        for item, after in items:
            writer.write(item if after is None else _repainted(item, after, video.colours, compare))
            if isinstance(item, Picture):
                count += 1
                on_picture()
    return count


def _seen(
    items: Generator[Picture | Copied, None, None], see: Callable[[np.ndarray, float], T]
) -> Generator[tuple[Picture | Copied, T | None], None, None]:
    with closing(items):
        for item in items:
            yield item, see(item.rgb, item.seconds) if isinstance(item, Picture) else None


def _drawn(
    items: Generator[tuple[Picture | Copied, T | None], None, None], draw: Callable[[T], np.ndarray]
) -> Generator[tuple[Picture | Copied, np.ndarray | None], None, None]:
    with closing(items):
        for item, seen in items:
            yield item, draw(seen) if isinstance(item, Picture) else None


def _repainted(picture: Picture, after: np.ndarray, colours: Colours, compare: bool) -> Picture:
    planes = picture.planes if after is picture.rgb else repaint(picture.planes, picture.rgb, after, colours)
    return replace(picture, planes=beside(picture.planes, planes) if compare else planes)
