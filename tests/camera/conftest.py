import numpy as np
import pytest

from gazehub.video.reader import Picture, open_video
from tests.videos import make_video

SHIFTS = range(0, 40, 2)


@pytest.fixture(scope="session")
def clip(one_face, tmp_path_factory):
    """A woman who moves to the right for 0.8 seconds, 340 x 400 pixels."""
    pictures = [np.roll(one_face[:400, 60:400], shift, axis=1) for shift in SHIFTS]
    return make_video(tmp_path_factory.mktemp("clip") / "clip.mp4", pictures, range(0, 40 * len(pictures), 40))


@pytest.fixture(scope="session")
def decoded(clip):
    """(20, 400, 340, 3) uint8, the pictures of the clip."""
    with open_video(clip) as video:
        return np.array([item.rgb for item in video.items if isinstance(item, Picture)])


@pytest.fixture(scope="session")
def number_of(decoded):
    """Which picture of the clip a frame was; its lower part, below the eyes, must be as it was."""

    def find(frame):
        (number,) = [number for number, old in enumerate(decoded) if (old[300:] == frame[300:]).all()]
        return number

    return find
