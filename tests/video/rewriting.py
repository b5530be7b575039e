"""Videos read and rewritten as tests want it."""

import numpy as np

from gazehub.files.pictures import whole_file
from gazehub.video.reader import Picture, open_video
from gazehub.video.rewrite import rewrite_video

LOSSLESS = dict(codec="ffv1")


def same(picture, seconds):
    return picture


def darker(picture, seconds):
    """A square of 9 x 9 pixels, off the grid of the colour planes, turned dark and reddish."""
    picture = picture.copy()
    picture[11:20, 13:22] = picture[11:20, 13:22] // 2 + np.array([30, 0, 0], np.uint8)
    return picture


def rewrite(source, target, transform=same, start=0.0, end=None, **options):
    with open_video(source, start, end) as video, whole_file(target) as part:
        return rewrite_video(video, part, lambda *picture: picture, lambda seen: transform(*seen), **options)


def pictures(source, start=0.0, end=None):
    with open_video(source, start, end) as video:
        return [item for item in video.items if isinstance(item, Picture)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())
