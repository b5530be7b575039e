"""The browser app, written and served as a static host would."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image

from benchmarks.browser.static_host import Isolating, Plain, serving
from gazehub.web.live.export import write_app
from gazehub.web.live.runtime import RuntimeMissingError
from tests.web.browser import browser
from tests.web.live.samples import LOOKING_AWAY


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    try:
        write_app(folder)
    except RuntimeMissingError as error:
        if os.environ.get("GAZEHUB_REQUIRE_BROWSER"):
            raise
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="session")
def host(app_folder):
    with serving(Isolating, app_folder) as server:
        yield server


@pytest.fixture(scope="session")
def plain_host(app_folder):
    with serving(Plain, app_folder) as server:
        yield server


@pytest.fixture(scope="session")
def app_url(host):
    return host.url


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """With a camera that shows somebody who looks away, to pages that have the permission."""
    frame, clip = io.BytesIO(), tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    Image.open(LOOKING_AWAY).convert("RGB").crop((0, 100, 512, 484)).resize((640, 480)).save(frame, "jpeg", quality=92)
    clip.write_bytes(frame.getvalue() * 10)
    with browser("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}") as running:
        yield running


@pytest.fixture(scope="module")
def page(chromium, app_url):
    """An empty page of the app's origin, for its modules."""
    page = chromium.new_page()
    page.goto(app_url + "constants.js")
    yield page
    page.close()
