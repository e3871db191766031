"""Documents kept for a moment in this process: any number of readers cost the database one read in that time.

Each has an ETag, so that who asks again for what has not changed gets no body.
"""

import asyncio
import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import orjson
from anyio import to_thread
from fastapi import Request, Response

from config.settings import settings
from web.api.problems import Problem

KEPT: Final = 1_000
"""Documents; the one that was asked for longest ago goes first."""
GZIP_FROM_BYTES: Final = 1_000
_LEVEL: Final = 5


@dataclass(slots=True)
class Document:
    """A document as it is sent."""

    body: bytes
    etag: str
    packed: bytes | None = field(default=None)

    def gzipped(self) -> bytes:
        """Return it compressed, once for all readers."""
        if self.packed is None:
            self.packed = gzip.compress(self.body, _LEVEL, mtime=0)
        return self.packed


@dataclass(slots=True)
class _Kept:
    until: float
    document: "asyncio.Future[Document]"


class Shelf:
    """The documents of one process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    async def read(self, key: Hashable, produce: Callable[[], Any]) -> Document:
        """Return the document of a key, produced in a thread where the kept one is too old.

        Raises what `produce` raises, and Problem 503 where it takes too long.
        """
        now = time.monotonic()
        loop = asyncio.get_running_loop()
        kept = self._kept.get(key)
        if kept is None or kept.until < now or kept.document.get_loop() is not loop:
            kept = _Kept(now + settings().api.fresh_for.total_seconds(), loop.create_task(_produced(produce)))
            kept.document.add_done_callback(lambda done: self._settle(key, done))
            self._kept[key] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        if kept.document.done():
            return kept.document.result()
        document: Document = await _in_time(kept.document)
        return document

    def clear(self) -> None:
        """Forget everything: something was changed."""
        self._kept.clear()

    def _settle(self, key: Hashable, done: "asyncio.Future[Document]") -> None:
        """Keep no failure, and let none go unnoticed where nobody waits for it any more."""
        kept = self._kept.get(key)
        if (done.cancelled() or done.exception() is not None) and kept is not None and kept.document is done:
            del self._kept[key]


shelf: Final = Shelf()


async def shown(request: Request, key: Hashable, produce: Callable[[], Any], **headers: str) -> Response:
    """Answer a read from the shelf: 304 where the reader has it already, compressed where it is large."""
    document = await shelf.read(key, produce)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {
        "ETag": document.etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Authorization",
        **given,
    }
    if _matches(request.headers.get("If-None-Match"), document.etag):
        return Response(status_code=304, headers=sent)
    if len(document.body) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        sent["Content-Encoding"] = "gzip"
        return Response(document.gzipped(), headers=sent, media_type="application/json")
    return Response(document.body, headers=sent, media_type="application/json")


async def done(act: Callable[[], Any]) -> Any:
    """Do a change in a thread within the time that a request may take, and forget what it may have outdated."""
    loop = asyncio.get_running_loop()
    try:
        return await _in_time(loop.create_task(to_thread.run_sync(act)))
    finally:
        shelf.clear()


def encoded(value: Any) -> bytes:
    """Write a document as JSON; what cannot be a key or value there becomes its text."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z, default=str)


async def _produced(produce: Callable[[], Any]) -> Document:
    def write() -> Document:
        body = encoded(produce())
        return Document(body, f'W/"{blake2b(body, digest_size=12).hexdigest()}"')

    return await to_thread.run_sync(write)


async def _in_time(future: "asyncio.Future[Any]") -> Any:
    """Wait for what others may wait for too: one who gives up does not end it."""
    patience_s = settings().api.answer_within.total_seconds()
    try:
        return await asyncio.wait_for(asyncio.shield(future), patience_s)
    except TimeoutError:
        if future.done():
            raise
        sentence = f"This took longer than {patience_s:.0f} s; a server is slow or away, ask again in some seconds."
        raise Problem(503, "TooSlow", sentence) from None


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    return any(one.strip() in ("*", etag, etag.removeprefix("W/")) for one in header.split(","))
