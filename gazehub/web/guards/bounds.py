"""How much a visitor may send. gradio bounds a single file, of which one request may bring a thousand."""

from __future__ import annotations

import time
from collections import defaultdict, deque

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gazehub.web.clips import MAX_CLIP_BYTES
from gazehub.web.visit import MAX_BYTES

MAX_REQUEST = max(MAX_BYTES, MAX_CLIP_BYTES) + 2**20  # bytes: one file, and what is around it
MAX_VISITOR, MAX_ALL = 2 * 2**30, 20 * 2**30  # bytes within `SECONDS`
HEARD_OUT = 8 * MAX_REQUEST  # bytes of a request that was refused
SECONDS = 1800  # what was sent before has been deleted

TOO_MUCH_AT_ONCE = f"This is too much at once: at most {MAX_REQUEST // 2**20} MB a request."
TOO_MUCH = "You sent very much in the last half hour: please wait a while."
TOO_MUCH_OF_ALL = "Very much was sent to this server in the last half hour: please wait a while."


class SentBytes:
    """What was sent lately.

    Args:
        seconds: how long it counts.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._total = seconds, 0
        self._parts: deque[tuple[float, int]] = deque()

    def add(self, count: int) -> None:
        self._parts.append((time.monotonic(), count))
        self._total += count

    def total(self) -> int:
        while self._parts and self._parts[0][0] < time.monotonic() - self._seconds:
            self._total -= self._parts.popleft()[1]
        return self._total


class _TooMuch(Exception):
    pass


class Bounds:
    """Middleware that refuses requests with too many bytes, at the first byte where their header tells.

    Args:
        request: the most bytes of one.
        visitor, everyone: the most bytes that one visitor, and all of them, send within `seconds`.
    """

    def __init__(
        self,
        app: ASGIApp,
        request: int = MAX_REQUEST,
        visitor: int = MAX_VISITOR,
        everyone: int = MAX_ALL,
        seconds: float = SECONDS,
    ) -> None:
        self._app, self._request, self._visitor, self._everyone = app, request, visitor, everyone
        self._sent: dict[str, SentBytes] = defaultdict(lambda: SentBytes(seconds))
        self._all = SentBytes(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        visitor = visitor_of(scope, headers)
        refusal = self._refusal(visitor, _declared(headers))
        if refusal:
            self._count(visitor, await _heard_out(receive))
            await refusal(scope, receive, send)
            return
        taken, answered = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._request:  # it sent no length, or a false one
                raise _TooMuch
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooMuch:
            taken += await _heard_out(receive)
            if not answered:
                await PlainTextResponse(TOO_MUCH_AT_ONCE, 413)(scope, receive, send)
        finally:
            self._count(visitor, taken)

    def _count(self, visitor: str, size: int) -> None:
        if size:
            self._sent[visitor].add(size)
            self._all.add(size)

    def _refusal(self, visitor: str, size: int) -> PlainTextResponse | None:
        for name in [name for name, sent in self._sent.items() if not sent.total()]:
            del self._sent[name]
        if size > self._request:
            return PlainTextResponse(TOO_MUCH_AT_ONCE, 413)
        if visitor in self._sent and self._sent[visitor].total() + size > self._visitor:
            return PlainTextResponse(TOO_MUCH, 429)
        if self._all.total() + size > self._everyone:
            return PlainTextResponse(TOO_MUCH_OF_ALL, 503)
        return None


async def _heard_out(receive: Receive) -> int:
    """Let a visitor who is refused send the rest, and keep nothing of it: most look for an answer only then. How many
    bytes that were; of very many, only the first."""
    size, more = 0, True
    while more and size < HEARD_OUT:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return size


def visitor_of(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Whom a request is from: the address that the nearest proxy saw, as visitors can't forge that one."""
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").rsplit(",", 1)[-1].strip()
    return forwarded or (scope["client"] or ("",))[0]


def _declared(headers: dict[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() else 0
