"""What holds for every request and answer before anything is looked at: no body without end, no guessing of types."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.api.problems import Problem, answer

LARGEST_BYTES: Final = 262_144
"""Of a body: the largest that is described is a third of it."""
_HEADERS: Final = ((b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin"))


class BodyTooLarge(Exception):
    """More came than was announced, or than is taken."""


class Edge:
    """Refuses large bodies, and says that JSON is JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, within bounds."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        if scope["method"] == "GET":  # of which no body is read
            await self.app(scope, receive, with_headers)
            return
        if _announced(scope) > LARGEST_BYTES:
            sentence = f"The body is larger than {LARGEST_BYTES} bytes."
            refusal = answer(Request(scope, receive), Problem(413, "BodyTooLarge", sentence, Connection="close"))
            await refusal(scope, receive, with_headers)
            return
        await self.app(scope, _bounded(receive), with_headers)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("Content-Length", "0")
    return int(length) if length.isdecimal() else 0


def _bounded(receive: Receive) -> Receive:
    """Count what comes: a body in pieces announces no length."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BYTES:
            raise BodyTooLarge
        return message

    return counted
