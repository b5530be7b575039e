"""A film through the app's two workers, as the benchmark plays it."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.browser import live_film
from gazehub import GazePipeline
from gazehub.eye_frame import eye_box
from gazehub.pipeline_video import VideoPipeline
from tests.videos import make_video
from tests.web.browser import CHROMIUM, REQUIRED
from tests.web.live.samples import LOOKING_AWAY
from train.evaluation.video import decode, library

ROOM = 3  # pixels by which the eyes of a film, which keep to the head, lie elsewhere than in this frame alone


@pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no chromium on this machine: apt-get install chromium")
def test_every_frame_comes_back_in_order_as_the_library_draws_it(app_folder, tmp_path):
    portrait = np.asarray(Image.open(LOOKING_AWAY).convert("RGB"))
    swaying = [np.roll(portrait, 3 * step, axis=1) for step in range(5)]
    clip = make_video(tmp_path / "clip.mkv", swaying, tuple(range(0, 200, 40)), codec="ffv1", pixels="bgr0")
    with live_film.browser(app_folder, clip) as draw:
        drawn = [draw(frame, seconds) for seconds, frame in decode(clip)]
    pipeline = GazePipeline.from_pretrained(threads=1)
    draw = library(VideoPipeline(pipeline))
    for before, (seconds, frame), (after, amount) in zip(swaying, decode(clip), drawn, strict=True):
        assert (frame == before).all()
        expected, share = draw(frame, seconds)
        around = np.zeros(frame.shape[:2], bool)
        for eye in pipeline.landmarker(frame)[0].eyes:
            left, top, right, bottom = eye_box(eye.frame)
            around[top - ROOM : bottom + ROOM, left - ROOM : right + ROOM] = True
        assert (after[~around] == frame[~around]).all() and (expected[~around] == frame[~around]).all()
        redrawn = (expected != frame).any(axis=2)
        assert amount == pytest.approx(share, abs=0.01)
        # by networks in 8 bits, and an eye of two is sketched anew
        assert np.abs(after[redrawn].astype(int) - expected[redrawn]).mean() < 1.5
