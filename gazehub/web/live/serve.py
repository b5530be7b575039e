"""The browser app on a server of one's own, at a path such as /live/."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gazehub.web.live.export import app_files
from gazehub.web.live.runtime import RuntimeMissingError

PATIENCE = 60  # seconds after which what could not be fetched is tried again
POLICY = re.compile(rb'http-equiv="Content-Security-Policy"\s+content="([^"]+)"')
KEPT = "public, max-age=3600"  # what a browser has is not asked for again so soon; the service worker keeps all anyway
MISSING = (
    "The live page needs onnxruntime-web, which this server could not fetch from npm: whoever runs it can do so once "
    "with a network, by `python -m gazehub.web.live -o FOLDER`. Everything else works."
)


class LiveApp:
    """Holds the app in memory, 15 MB, from the first visit on.

    Args:
        build: gives the files of the app by path.
    """

    def __init__(self, build: Callable[[], dict[str, bytes]] = app_files) -> None:
        self._build, self._files, self._failed = build, {}, -PATIENCE
        self._one_at_a_time = asyncio.Lock()

    def routes(self, path: str) -> list[Route]:
        """For starlette: the app lies below `path`, which has no slash at its end."""
        name = path.rsplit("/")[-1]
        return [
            Route(path, lambda _: RedirectResponse(f"{name}/")),  # relative, for a proxy may have put more before it
            Route(f"{path}/{{file:path}}", self.answer),
        ]

    async def answer(self, request: Request) -> Response:
        """One of the files, with headers under which a page talks to this server alone and may use threads."""
        async with self._one_at_a_time:
            if not self._files and time.monotonic() > self._failed + PATIENCE:
                try:
                    self._files = await asyncio.to_thread(self._build)
                except RuntimeMissingError:
                    self._failed = time.monotonic()
        if not self._files:
            return PlainTextResponse(MISSING, 503)
        path = request.path_params["file"] or "index.html"
        content = self._files.get(path)
        if content is None:
            return PlainTextResponse("There is no such file.", 404)
        return Response(content, media_type=_kind(path), headers=self._headers())

    def _headers(self) -> dict[str, str]:
        policy = POLICY.search(self._files["index.html"]).group(1).decode()
        return {
            "Content-Security-Policy": policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": KEPT,
        }


def _kind(path: str) -> str:
    """The media type; scripts are only run under the right one, which some machines don't know."""
    if path.endswith((".js", ".mjs")):
        return "text/javascript"
    return "application/gzip" if path.endswith(".gz") else mimetypes.guess_type(path)[0] or "text/plain"
