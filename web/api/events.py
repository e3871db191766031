"""A run's progress as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from anyio import to_thread
from fastapi import Request

from web.api.freshness import encoded
from web.api.problems import Problem
from web.api.tokens import Caller
from web.api.waiting import look
from web.documents.tasks import TaskDocument

POLL_S: Final = 0.5
QUIET_S: Final = 15.0
"""A comment is sent after so long a silence: proxies close what says nothing."""
LONGEST_S: Final = 3600.0
MOST: Final = 20
"""Streams of one subject in this process: each of them is a read every half second."""

_open: Counter[str] = Counter()


def refuse_too_many(known: Caller) -> None:
    """Raise Problem 429 where a subject follows as many runs as it may."""
    if _open[known.subject] >= MOST:
        raise Problem(429, "TooMany", f"More than {MOST} runs are followed at once.", Retry_After="5")


async def progress(request: Request, known: Caller, first: TaskDocument) -> AsyncIterator[bytes]:
    """Yield an event for each change until the run ends, the caller goes, or their token expires."""
    _open[known.subject] += 1
    try:
        async for event in _progress(request, first, known.expires_at):
            yield event
    finally:
        _open[known.subject] -= 1
        if not _open[known.subject]:
            del _open[known.subject]


async def _progress(request: Request, first: TaskDocument, expires_at: float | None) -> AsyncIterator[bytes]:
    ends_at = min(time.time() + LONGEST_S, expires_at or float("inf"))
    said, said_at = None, time.monotonic()
    found = first
    while True:
        if found != said:
            yield written("done" if found.finished else "progress", found)
            said, said_at = found, time.monotonic()
        elif time.monotonic() - said_at > QUIET_S:
            yield b": still there\n\n"
            said_at = time.monotonic()
        if found.finished or time.time() > ends_at or await request.is_disconnected():
            return
        await asyncio.sleep(POLL_S)
        found = await to_thread.run_sync(look, first.id)


def written(name: str, document: TaskDocument) -> bytes:
    """Write one event; JSON holds no line break, which would end it."""
    return b"event: " + name.encode() + b"\ndata: " + encoded(document) + b"\n\n"
