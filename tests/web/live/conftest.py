"""The browser app, written and served as a static host would."""

from __future__ import annotations

import io
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from gazehub.web.live.export import write_app
from gazehub.web.live.runtime import RuntimeMissingError
from tests.web.browser import browser
from tests.web.live.samples import LOOKING_AWAY


class Host(SimpleHTTPRequestHandler):
    """A static host that isolates its pages, so that they may use threads."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


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
def app_url(app_folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(app_folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """With a camera that shows somebody who looks away."""
    frame, clip = io.BytesIO(), tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    Image.open(LOOKING_AWAY).convert("RGB").crop((0, 100, 512, 484)).resize((640, 480)).save(frame, "jpeg", quality=92)
    clip.write_bytes(frame.getvalue() * 10)
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with browser(*flags, f"--use-file-for-fake-video-capture={clip}") as running:
        yield running


@pytest.fixture(scope="module")
def page(chromium, app_url):
    """An empty page of the app's origin, for its modules."""
    page = chromium.new_page()
    page.goto(app_url + "constants.js")
    yield page
    page.close()
