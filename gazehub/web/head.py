"""What others see of the page before they open it: its sign in a tab, and the card that a link to it unfolds to."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from starlette.datastructures import URL, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gazehub.web import words

ICON, CARD = Path(__file__).parent / "icon.svg", Path(__file__).parent / "card.jpg"
CARD_SIZE = 1200, 630  # pixels, as those who unfold links want it
CARD_SHOWS = "The eyes of an astronaut before, looking aside, and after, looking into the camera"
CHARSET = b'<meta charset="utf-8" />'
FOREIGN = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')  # gradio's own


class OwnHead:
    """Middleware that says in the head of the page whose page it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def rewritten(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body = FOREIGN.sub(b"", b"".join(parts)).replace(CHARSET, CHARSET + _tags(Request(scope)), 1)
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, rewritten)


async def card(_: Request) -> FileResponse:
    """The picture of the card."""
    return FileResponse(CARD)


def _tags(request: Request) -> bytes:
    root = URL(f"{request.headers.get('x-forwarded-proto', request.url.scheme)}://{request.url.netloc}")
    named = {
        "og:type": "website",
        "og:title": words.TITLE,
        "og:description": words.SENTENCE,
        "og:url": f"{root}/",
        "og:image": f"{root}/card.jpg",
        "og:image:width": str(CARD_SIZE[0]),
        "og:image:height": str(CARD_SIZE[1]),
        "og:image:alt": CARD_SHOWS,
        "twitter:card": "summary_large_image",
        "description": words.SENTENCE,
    }
    kinds = {name: "property" if name.startswith("og:") else "name" for name in named}
    lines = (f'<meta {kinds[name]}="{name}" content="{escape(value)}">' for name, value in named.items())
    icon = f'<link rel="icon" type="image/svg+xml" href="{root}/favicon.ico">'
    return "\n".join(("", *lines, icon)).encode()
