"""The weights that come with the package do what the README says."""

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from gazehub import GazePipeline
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.gaze import CAMERA_BAND, face_residual, residual_size
from gazehub.hub.weights import CLEAN, CLEAN_WEIGHTS, WeightsError
from gazehub.model.runtime import BUNDLED_WEIGHTS
from tests.conftest import SAMPLES
from train.evaluation.measures.directions import measured_motion

ROOT = Path(__file__).parents[2]
LEAST_WAY = {None: 0.06, CLEAN: 0.05}  # eye widths that the slider moves eyes which are 18 degrees aside


@pytest.fixture(scope="module", params=[None, CLEAN])
def bundled(request):
    return GazePipeline.from_pretrained(request.param)


@pytest.fixture(scope="module")
def hopper():
    return np.asarray(Image.open(SAMPLES / "grace_hopper.jpg").convert("RGB"))


def measured(pipe, image):
    """(2,) gaze of the largest face by landmarks, which the network never sees: + is to the picture's right, down."""
    return face_residual(pipe.camera_coefficients, pipe.landmarker(np.asarray(image))[0])


@pytest.mark.parametrize("folder", [BUNDLED_WEIGHTS, CLEAN_WEIGHTS], ids=["bundled", "clean"])
def test_they_are_one_config_and_one_safetensors_file(folder):
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "diffusion_pytorch_model.safetensors",
        "onnx",
    }
    prefixes = {name.split(".")[0] for name in load_file(folder / "diffusion_pytorch_model.safetensors")}
    assert prefixes == {"pam", "gcm", "gam", "cfm"}


def test_the_clean_weights_are_others_and_have_no_revisions(hopper):
    clean, bundled = (GazePipeline.from_pretrained(name).redirect(hopper, 10) for name in (CLEAN, None))
    assert (clean.pixels != bundled.pixels).any()
    with pytest.raises(WeightsError, match="no revisions"):
        GazePipeline.from_pretrained(CLEAN, revision="main")


def test_who_looks_into_the_lens_is_left_as_they_are(bundled, one_face):
    assert residual_size(measured(bundled, one_face)) < CAMERA_BAND
    output = bundled.correct(one_face)
    assert np.array_equal(output.pixels, one_face)
    (report,) = output.faces
    assert report.at_lens and report.skipped is None and report.offset_after == report.offset_before
    turned = bundled.redirect(one_face, 4)
    assert not np.array_equal(turned.pixels, output.pixels)  # who asks for another gaze gets it


def test_grace_hopper_looks_into_the_camera(bundled, hopper):
    averted = bundled.redirect(hopper, 8, -3).image
    before, after = measured(bundled, averted), measured(bundled, bundled.correct(averted).image)
    assert residual_size(after) < CAMERA_BAND
    assert residual_size(after) < residual_size(before)


@pytest.mark.parametrize("photo", ["hopper", "one_face"])
def test_redirect_turns_the_gaze_the_right_way(bundled, photo, request):
    encoding = bundled.encode(request.getfixturevalue(photo))
    across = [measured(bundled, encoding.redirect(yaw, 0).image)[0] for yaw in (-20, -10, 0, 10, 20)]
    assert across == sorted(across)
    assert across[-1] - across[0] > 0.1
    down = [measured(bundled, encoding.redirect(0, pitch).image)[1] for pitch in (-12, 0, 12)]
    assert down[0] > down[2]


@pytest.mark.parametrize("yaw", [-18, 18])
def test_a_gaze_that_was_turned_away_comes_back(bundled, hopper, yaw):
    averted = bundled.redirect(hopper, yaw).image
    away, back = measured(bundled, averted), measured(bundled, bundled.correct(averted).image)
    assert residual_size(away) > 0.05
    assert residual_size(back) < residual_size(away) / 2


def test_only_who_looks_away_is_looked_at_again(bundled, hopper, one_face):
    class Counting(FaceLandmarker):
        looks = 0

        def look_again(self, image, face):
            self.looks += 1
            return super().look_again(image, face)

    for photo, looks in ((one_face, 0), (np.asarray(bundled.redirect(hopper, 18).image), 1)):
        counting = Counting()
        encoding = GazePipeline(bundled.networks, counting).encode(photo)
        assert (encoding.faces[0].domain == "X", counting.looks) == (looks == 0, looks)


@pytest.mark.parametrize("yaw", [-18, 18])
def test_the_slider_is_monotonic(bundled, hopper, yaw, request):
    averted = np.asarray(bundled.redirect(hopper, yaw).image)
    face = bundled.landmarker(averted)[0]
    frames = bundled.encode(averted).animate([0, 0.25, 0.5, 0.75, 1, 1.25])
    offsets = np.sign(yaw) * np.array([measured_motion(bundled, face, np.asarray(frame))[0] for frame in frames])
    assert (np.diff(offsets) < 0.01).all()
    assert offsets[0] - offsets[-1] > LEAST_WAY[request.node.callspec.params["bundled"]]


def test_python_in_the_readme_runs(hopper, tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    blocks = [block for block in blocks if "gradio_client" not in block]  # it needs a server
    assert len(blocks) >= 2
    Image.fromarray(hopper).save(tmp_path / "photo.jpg")
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + "\n".join(blocks)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert Image.open(tmp_path / "corrected.png").size == (512, 600)


def test_sunglasses_are_left_alone(bundled, landmarker, hopper):
    face, dark = landmarker(hopper)[0], hopper.copy()
    for eye in face.eyes:
        width = eye.frame.width
        x, y = (int(value) for value in eye.frame.center)
        cv2.ellipse(dark, (x, y), (int(0.85 * width), int(0.6 * width)), 0, 0, 360, (12, 10, 14), -1)
    output = bundled.correct(dark)
    assert output.faces[0].skipped in ("eyes hidden", "eyes closed")  # whichever the landmarks make of it
    assert np.array_equal(np.asarray(output.image), dark)
