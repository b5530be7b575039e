"""The browser app, written and served as a static host would."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from gazehub.web.live.export import write_app
from gazehub.web.live.runtime import RuntimeMissingError
from tests.web.browser import browser
from tests.web.live.samples import LOOKING_AWAY


class Plain(SimpleHTTPRequestHandler):
    """A static host that notes what it is asked for."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


class Isolating(Plain):
    """The same that isolates its pages, so that they may use threads."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


class Host(ThreadingHTTPServer):
    """Serves a folder.

    Attributes:
        asked: the paths of all requests.
    """

    def __init__(self, handler: type[Plain], folder: object) -> None:
        super().__init__(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


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


@contextmanager
def serving(handler: type[Plain], folder: object) -> Iterator[Host]:
    with Host(handler, folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


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
