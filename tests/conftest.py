import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import signal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from gazehub import GazeModel, GazePipeline
from gazehub.faces.landmarker import FaceLandmarker
from train.corpus.prepare import main as prepare_main

# A shell lets what it runs in the background ignore Ctrl-C, and the programs that tests start would take that over.
signal.signal(signal.SIGINT, signal.default_int_handler)

SAMPLES = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "sample_data"
TINY = dict(
    content_dim=8,
    pam_channels=[8, 8, 16],
    coarse_channels=[8, 16, 16],
    fine_channels=[8, 16, 16],
    angle_channels=8,
    hidden_spread=2.0,  # untrained, E_r is sure of nothing
    camera_coefficients=((-0.04, -0.23, 0, 0), (-0.092, 0, 0, 0)),  # above where it sees all eyes look
)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def landmarker():
    return FaceLandmarker()


@pytest.fixture(scope="session")
def model():
    torch.manual_seed(0)
    return GazeModel(**TINY).eval()


@pytest.fixture(scope="session")
def weights(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def pipe(weights):
    return GazePipeline.from_pretrained(weights)


@pytest.fixture(scope="session")
def one_face():
    """(512, 512, 3) uint8, a woman whose eyes are 18 pixels wide."""
    return astronaut()


@pytest.fixture(scope="session")
def two_faces(one_face):
    """(600, 1100, 3) uint8, on the left the smaller face."""
    hopper = np.asarray(Image.open(SAMPLES / "grace_hopper.jpg").convert("RGB"))
    canvas = np.full((600, 1100, 3), 128, np.uint8)
    canvas[:512, :512] = one_face
    canvas[:600, 560:1072] = hopper
    return canvas


@pytest.fixture(scope="session")
def face(landmarker, one_face):
    return landmarker(one_face)[0]


@pytest.fixture(scope="session")
def portraits(tmp_path_factory):
    """Two people, twelve files under six names, and three files that are of no use."""
    folder = tmp_path_factory.mktemp("portraits")
    large, hopper = Image.fromarray(astronaut()).resize((768, 768)), Image.open(SAMPLES / "grace_hopper.jpg")
    for index, name in enumerate(["ada", "bea", "cleo", "dora", "emma", "fay"]):
        photo = large if index % 2 else hopper
        photo.rotate(2 * index, expand=False).save(folder / f"{name}_1.jpg")
        photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / f"{name}_2.png")
    (folder / "broken.jpg").write_bytes(b"not a picture")
    Image.new("RGB", (300, 300), "gray").save(folder / "wall.png")
    large.resize((80, 80)).save(folder / "tiny.png")
    return folder


@pytest.fixture(scope="session")
def corpus_folder(portraits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    assert (
        prepare_main([str(portraits), "-o", str(folder), "--rotations", "3", "--holdout", "0.5", "--workers", "1"])
        == 0
    )
    return folder
