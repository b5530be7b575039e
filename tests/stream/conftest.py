import cv2
import numpy as np
import pytest
from PIL import Image

from gazehub import GazePipeline
from tests.conftest import SAMPLES
from tests.drawn import with_closed_eyes


@pytest.fixture(scope="session")
def trained():
    """A pipeline with the weights that come with the package."""
    return GazePipeline.from_pretrained(threads=1)


@pytest.fixture(scope="session")
def hopper():
    """(512, 426, 3) uint8, a woman who looks past the camera."""
    photo = np.asarray(Image.open(SAMPLES / "grace_hopper.jpg").convert("RGB"))
    return cv2.resize(photo[:512], (426, 426), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def looking(trained, hopper):
    """The same woman by degrees of yaw to which her gaze is turned."""
    encoding = trained.encode(hopper)
    return {yaw: np.asarray(encoding.redirect(yaw=yaw).image) for yaw in (-18, 0, 18)}


@pytest.fixture(scope="session")
def asleep(trained, looking):
    """The same woman with closed eyes."""
    return with_closed_eyes(looking[18], trained.landmarker(looking[18])[0])
