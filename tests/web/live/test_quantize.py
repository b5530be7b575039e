"""The live view's networks in 8 bits."""

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from gazehub.hub.weights import CLEAN_WEIGHTS
from gazehub.model.runtime import BUNDLED_WEIGHTS
from gazehub.onnx import open_network
from gazehub.web.live.export import light_networks
from gazehub.web.live.quantize import FILES, FOLDER, eyes_of, inputs_of, main
from tests.faces.samples import HOPPER

REMAKE = "The bundled weights changed: run `python -m gazehub.web.live.quantize FOLDER_OF_PORTRAITS`."


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portraits")
    Image.fromarray(astronaut()).save(folder / "astronaut.png")
    Image.open(HOPPER).save(folder / "hopper.jpg")
    (folder / "notes.txt").write_text("no photo")
    return folder


@pytest.fixture(scope="module")
def inputs(portraits):
    return inputs_of(list(eyes_of(portraits, 4)))


def differences(stage, networks, inputs):
    exact, light = (
        open_network(path).run(None, inputs[stage])[0]
        for path in (BUNDLED_WEIGHTS / "onnx" / f"{stage}.onnx", networks / FILES[stage])
    )
    return np.abs(exact - light)


def test_they_are_of_the_bundled_weights():
    assert light_networks(BUNDLED_WEIGHTS) == {f"{stage}.onnx": name for stage, name in FILES.items()}, REMAKE
    assert light_networks(CLEAN_WEIGHTS) == {}


def assert_close(networks, inputs):
    coarse = differences("gcm", networks, inputs)
    assert 0 < coarse.mean() < 0.002 and np.percentile(coarse, 99) < 0.015  # colours, 0..1
    flows, rest = np.split(differences("cfm", networks, inputs), [6], axis=1)
    assert 0 < flows.mean() < 0.001 and flows.max() < 0.01  # eye widths
    assert rest.mean() < 0.004 and np.percentile(rest, 99) < 0.03  # weights and colours


def test_they_draw_what_the_others_draw(inputs):
    assert_close(FOLDER, inputs)


def test_they_are_made_from_portraits(portraits, inputs, tmp_path):
    pytest.importorskip("onnx")
    assert main([str(portraits), "-o", str(tmp_path)]) == 0
    assert_close(tmp_path, inputs)
    for stage, name in FILES.items():
        assert (tmp_path / name).stat().st_size < 0.5 * (BUNDLED_WEIGHTS / "onnx" / f"{stage}.onnx").stat().st_size


def test_a_folder_without_faces_is_refused(tmp_path, capsys):
    assert main([str(tmp_path), "-o", str(tmp_path / "made")]) == 2
    assert "no faces" in capsys.readouterr().err and not (tmp_path / "made").exists()
