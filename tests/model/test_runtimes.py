"""ONNX on the CPU and torch draw the same, and what does not belong together is refused."""

import json
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch

from gazehub import GazeModel, GazePipeline, WeightsError
from gazehub.eye_frame import crop
from gazehub.model.export import export
from gazehub.model.onnx_networks import OnnxNetworks
from gazehub.model.runtime import BUNDLED_WEIGHTS, open_networks
from gazehub.model.torch_networks import TorchNetworks
from tests.faces.samples import pictures
from tests.pictures import pixels


@pytest.fixture(scope="module")
def exported(weights, tmp_path_factory):
    """A folder with tiny weights and their ONNX files."""
    folder = tmp_path_factory.mktemp("exported") / "weights"
    shutil.copytree(weights, folder)
    export(GazeModel.from_pretrained(folder), folder)
    return folder


@pytest.fixture
def folder(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "weights")


@pytest.fixture(scope="module")
def bundled():
    return {
        "onnx": open_networks(),
        "torch": TorchNetworks(GazeModel.from_pretrained(BUNDLED_WEIGHTS)),
    }


@pytest.fixture(scope="module")
def eyes(one_face, face):
    """(2, 3, 96, 144) real eyes."""
    patches = np.stack([crop(one_face, eye.frame) for eye in face.eyes]) / np.float32(255)
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_every_network_gives_the_same_in_both(bundled, eyes, batch):
    rng = np.random.default_rng(batch)
    noise = rng.normal(0, 0.02, (batch, 1, *eyes.shape[2:]))
    patches = np.clip(np.resize(eyes, (batch, *eyes.shape[1:])) + noise, 0, 1).astype(np.float32)
    angle = rng.normal(0, 0.08, (batch, 2)).astype(np.float32)
    results = {}
    for name, networks in bundled.items():
        content, before, spread = networks.encode(patches)
        camera = before - angle
        results[name] = [content, before, spread, networks.locate(patches)]
        results[name] += [networks.correct(patches, content, before, camera)]
        results[name] += [networks.animate(patches, content, before, camera, -angle)]
    for first, second in zip(results["onnx"], results["torch"]):
        assert first.shape == second.shape and first.dtype == second.dtype == np.float32
        np.testing.assert_allclose(first, second, atol=2e-5)


def test_one_thread_and_several_draw_the_same(eyes):
    results = [open_networks(threads=threads).encode(np.concatenate([eyes, eyes[:1]])) for threads in (1, 3)]
    for first, second in zip(*results):
        np.testing.assert_allclose(first, second, atol=1e-5)


@pytest.mark.parametrize("name", sorted(pictures().keys() - {"astronaut, small"}))  # whose eyes are too small
def test_pixels_are_the_same_in_both(bundled, name):
    picture = pictures()[name]
    encodings = [GazePipeline(networks).encode(picture) for networks in bundled.values()]
    for draw in (lambda e: e.correct(), lambda e: e.redirect(15, -5), lambda e: e.animate([1.3])[0]):
        first, second = (pixels(draw(encoding)).astype(int) for encoding in encodings)
        assert np.abs(first - second).max() <= 1


def test_the_cpu_takes_onnx_and_other_places_torch(exported, weights):
    assert isinstance(open_networks(exported), OnnxNetworks)
    assert isinstance(open_networks(weights), TorchNetworks)
    assert isinstance(open_networks(exported, device="cpu:0"), TorchNetworks)


def test_a_correction_imports_no_torch(one_face, exported, tmp_path):
    np.save(tmp_path / "photo.npy", one_face)
    code = (
        "import sys; sys.modules.update(torch=None, diffusers=None, mediapipe=None)\n"
        "import numpy as np; from gazehub import GazePipeline\n"
        f"pipe = GazePipeline.from_pretrained({str(exported)!r})\n"
        f"print(pipe.correct(np.load({str(tmp_path / 'photo.npy')!r})).image.size)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "(512, 512)", done.stderr


def test_without_torch_the_answer_is_one_sentence(weights):
    code = (
        "import sys; sys.modules.update(torch=None, diffusers=None)\n"
        "from gazehub import GazePipeline, WeightsError\n"
        f"for settings in ({{'source': {str(weights)!r}}}, {{'device': 'cuda'}}):\n"
        "    try: GazePipeline.from_pretrained(**settings)\n"
        "    except WeightsError as error: print(error)\n"
        "try: from gazehub import GazeModel\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 3 and all("pip install 'gazehub[torch]'" in line for line in lines), done.stderr


def test_an_export_is_the_same_every_time(exported, folder):
    first = {path.name: path.read_bytes() for path in (exported / "onnx").iterdir()}
    assert {path.name: path.read_bytes() for path in export(GazeModel.from_pretrained(folder), folder)} == first


def test_files_speak_of_no_place(exported):
    for path in (exported / "onnx").iterdir():
        model = onnx.load(path)
        assert str(sys.prefix) not in str(model) and "/gazehub/" not in str(model.graph.node)


def edit_weights(folder):
    model = GazeModel.from_pretrained(folder)
    with torch.no_grad():
        model.gcm.net.stem.bias += 1
    model.save_pretrained(folder)


def cut_in_half(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage, words",
    [
        (edit_weights, "made from other weights.*train.export"),
        (lambda folder: (folder / "onnx" / "cfm.onnx").unlink(), "onnx/cfm.onnx is missing.*train.export"),
        (lambda folder: (folder / "onnx" / "pam.onnx").write_bytes(b"nothing"), "pam.onnx is damaged: reinstall"),
        (lambda folder: cut_in_half(folder / "onnx" / "gam.onnx"), "gam.onnx is damaged: reinstall gazehub, or fetch"),
        (lambda folder: (folder / "config.json").unlink(), "config.json.* missing or damaged"),
        (lambda folder: (folder / "config.json").write_text("{}"), "config.json.* missing or damaged"),
    ],
)
def test_what_does_not_belong_together_is_refused(folder, damage, words):
    damage(folder)
    with pytest.raises(WeightsError, match=words) as refused:
        GazePipeline.from_pretrained(folder)
    assert "\n" not in str(refused.value)


def as_of_gazehub_0_1(folder):
    """The config of weights as the version before had it."""
    config = json.loads((folder / "config.json").read_text())
    config["camera_coefficients"] = [[*row, 0.0] for row in config["camera_coefficients"]]
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("runs", ["onnx", "torch"])
def test_weights_of_the_version_before_are_refused_in_one_sentence(folder, runs):
    as_of_gazehub_0_1(folder)
    if runs == "torch":
        shutil.rmtree(folder / "onnx")
    for load in (open_networks, GazePipeline.from_pretrained, GazeModel.from_pretrained):
        with pytest.raises(WeightsError, match="The weights in .*: they are weights of gazehub 0.1") as refused:
            load(folder)
        assert str(refused.value).endswith("or install gazehub 0.1.") and "\n" not in str(refused.value)


def test_a_light_client_needs_no_safetensors(folder, exported, one_face):
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    light, whole = (GazePipeline.from_pretrained(place).correct(one_face) for place in (folder, exported))
    assert np.array_equal(pixels(light), pixels(whole))
