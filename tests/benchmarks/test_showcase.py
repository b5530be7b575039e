"""The pictures that README opens with."""

import numpy as np
from PIL import Image

from benchmarks import showcase
from gazehub.files.provenance import read_mark


def test_eyes_move_and_nothing_else(tmp_path):
    assert showcase.main(["-o", str(tmp_path)]) == 0
    path = tmp_path / showcase.MOVING
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as moving:
        frames = []
        for number in range(moving.n_frames):
            moving.seek(number)
            frames.append(np.asarray(moving.convert("RGB")).astype(int))
            if number == 0:
                assert read_mark(moving) is not None
    apart = np.abs(frames[0] - frames[showcase.GLIDE]).max(axis=-1)
    assert apart.max() > 80 and (apart > 30).mean() < 0.1
    assert np.abs(frames[0] - frames[2 * showcase.GLIDE]).max() < 60
    pair = np.asarray(Image.open(tmp_path / showcase.PAIR)).astype(int)
    assert pair.shape[1] == 2 * showcase.WIDTH + showcase.GAP
    assert np.abs(pair[:, : showcase.WIDTH] - pair[:, -showcase.WIDTH :]).max() > 80
