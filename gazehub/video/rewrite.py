"""A video file with its pictures changed and everything else as it was.

``open_video -> Picture -> transform -> repaint -> VideoWriter``: reading, changing and writing each have a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from gazehub.video.overlap import ahead
from gazehub.video.planes import Colours, beside, repaint
from gazehub.video.reader import Copied, Picture, Video
from gazehub.video.writer import open_writer

Transform = Callable[[np.ndarray, float], np.ndarray]
AHEAD = 3  # items that one thread may be ahead of the next: enough to overlap, and little memory


def rewrite_video(
    video: Video,
    path: Path,
    transform: Transform,
    crf: int | None = None,
    compare: bool = False,
    on_picture: Callable[[], object] = lambda: None,
) -> int:
    """Write `video` to `path` with its pictures changed. If it fails, what is at `path` is no use: see `whole_file`.

    Args:
        video: open; it is read to its end.
        path: .mp4, .mov, .mkv or .webm.
        transform: (H, W, 3) uint8 RGB and its time in seconds to the changed picture, a new array or the same one.
            Called in order, in one thread, which is not this one.
        crf: see `open_writer`.
        compare: before and after side by side, in a picture twice as wide.
        on_picture: called after each picture that was written.

    Returns:
        how many pictures.

    Raises:
        VideoError: something can't be read or written. And what `transform` raises.
    """
    count = 0
    changed = _changed(ahead(video.items, AHEAD), transform, video.colours, compare)
    with open_writer(path, video, crf, sides=2 if compare else 1) as writer, closing(ahead(changed, AHEAD)) as items:
        for item in items:
            writer.write(item)
            if isinstance(item, Picture):
                count += 1
                on_picture()
    return count


def _changed(
    items: Generator[Picture | Copied, None, None], transform: Transform, colours: Colours, compare: bool
) -> Generator[Picture | Copied, None, None]:
    with closing(items):
        for item in items:
            if isinstance(item, Picture):
                after = transform(item.rgb, item.seconds)
                planes = item.planes if after is item.rgb else repaint(item.planes, item.rgb, after, colours)
                item = replace(item, planes=beside(item.planes, planes) if compare else planes)
            yield item
