"""A host of static files, as the browser app is put on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Plain(SimpleHTTPRequestHandler):
    """Notes what it is asked for."""

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

    def __init__(self, handler: type[Plain], folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


@contextmanager
def serving(handler: type[Plain], folder: Path) -> Iterator[Host]:
    with Host(handler, folder) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield host
        host.shutdown()
