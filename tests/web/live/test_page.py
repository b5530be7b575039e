"""The browser app as a visitor sees it, under its own Content-Security-Policy."""

import io
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from gazehub import GazePipeline
from gazehub.web.live.__main__ import main
from gazehub.web.live.compact import compact
from gazehub.web.live.runtime import RuntimeMissingError, read_runtime
from tests.faces.samples import HOPPER

WIRE = 16e6  # bytes of a first visit


@pytest.fixture
def visit(chromium, app_url):
    """A page just opened, and what it asked for. Errors of its scripts fail the test."""
    page, asked, errors = chromium.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(app_url)
    expect(page.locator("#state")).to_have_text("Ready.", timeout=60_000)
    yield page, asked
    page.close()
    assert errors == []


def test_a_photo_is_corrected_without_a_click_and_saved(visit, app_url, tmp_path):
    page, asked = visit
    photo = tmp_path / "hopper.png"
    Image.open(HOPPER).convert("RGB").save(photo)
    page.set_input_files("#file", photo)
    expect(page.locator("#state")).to_have_text("Corrected.", timeout=30_000)
    with page.expect_download() as waiting:
        page.locator("#download").click()
    saved = np.asarray(Image.open(io.BytesIO(waiting.value.path().read_bytes())).convert("RGB")).astype(int)
    expected = np.asarray(GazePipeline.from_pretrained().correct(photo).image)
    assert np.abs(saved - expected).max() <= 6
    assert (saved != np.asarray(Image.open(photo))).any()
    assert all(address.startswith((app_url, "blob:", "data:")) for address in asked)


def test_a_picture_without_a_face_says_so(visit, tmp_path):
    page, _ = visit
    Image.new("RGB", (300, 200), "gray").save(tmp_path / "wall.png")
    page.set_input_files("#file", tmp_path / "wall.png")
    expect(page.locator("#state")).to_contain_text("No face was found", timeout=30_000)


def test_a_file_that_is_no_picture_says_so(visit, tmp_path):
    page, _ = visit
    (tmp_path / "words.png").write_text("not a picture")
    page.set_input_files("#file", tmp_path / "words.png")
    expect(page.locator("#state")).to_contain_text("could not be decoded", timeout=30_000)


def test_the_camera_is_corrected_live(visit):
    page, _ = visit
    page.locator("#camera").click()
    live = "() => { const live = document.getElementById('live'); return [live.videoWidth, live.currentTime]; }"
    deadline = time.monotonic() + 40
    while page.evaluate(live)[0] != 640 or page.evaluate(live)[1] == 0:
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    page.locator("#camera").click()


def test_a_first_visit_is_small(app_folder):
    assert sum(path.stat().st_size for path in app_folder.rglob("*") if path.is_file()) < WIRE


def test_rounded_networks_keep_their_size_and_nearly_their_weights():
    onnx = pytest.importorskip("onnx")
    from gazehub.model.runtime import BUNDLED_WEIGHTS

    before = (BUNDLED_WEIGHTS / "onnx" / "angle.onnx").read_bytes()
    after = compact(before)
    assert len(after) == len(before) and after != before
    for old, new in zip(
        onnx.load_from_string(before).graph.initializer, onnx.load_from_string(after).graph.initializer
    ):
        old, new = onnx.numpy_helper.to_array(old), onnx.numpy_helper.to_array(new)
        np.testing.assert_allclose(new, old, rtol=2**-12)


def test_a_package_that_is_another_one_is_refused(tmp_path, capsys):
    package = tmp_path / "runtime.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(RuntimeMissingError, match="npm pack"):
        read_runtime(package)
    assert main(["-o", str(tmp_path / "app"), "--runtime", str(package)]) == 2
    assert not (tmp_path / "app").exists() and "error:" in capsys.readouterr().err
