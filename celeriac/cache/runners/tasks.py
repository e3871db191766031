"""Tasks of an event loop, for the asynchronous cache."""

import asyncio
from collections.abc import Callable
from typing import Any

from celeriac.cache.runners.runner import Work


class Tasks:
    """The tasks of the running event loop."""

    def __init__(self, most_behind: int) -> None:
        self._most_behind = most_behind
        self.reset()

    def reset(self) -> None:
        """Begin anew in another event loop, or in a forked child."""
        # An event loop holds its tasks weakly: one that nobody else holds may vanish in the midst of its work.
        self._spawned: set[asyncio.Task[object]] = set()
        self._behind: set[asyncio.Task[object]] = set()
        self._free = asyncio.Semaphore(self._most_behind)

    def caller(self) -> object:
        """Return the task that calls."""
        return asyncio.current_task()

    def event(self) -> asyncio.Event:
        """Return a new event."""
        return asyncio.Event()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event; return False where it takes longer."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await event.wait()
        except TimeoutError:
            return False

    async def call(self, function: Callable[[], Any]) -> Any:
        """Await a caller's coroutine and return its value."""
        return await function()

    def spawn(self, name: str, work: Work) -> None:
        """Run work in a task of its own."""
        _held(self._spawned, asyncio.create_task(_run(work), name=name))

    def behind(self, work: Work) -> None:
        """Run work as soon as one of a few is free."""

        async def in_turn() -> None:
            async with self._free:
                await work()

        _held(self._behind, asyncio.create_task(in_turn(), name="celeriac-cache-refresh"))

    async def close(self) -> None:
        """Let the work behind end, then whatever was told to stop."""
        await asyncio.gather(*self._behind, return_exceptions=True)
        await asyncio.gather(*self._spawned, return_exceptions=True)


async def _run(work: Work) -> object:
    return await work()


def _held(tasks: set[asyncio.Task[object]], task: asyncio.Task[object]) -> None:
    def ended(task: asyncio.Task[object]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            task.exception()  # as seen, else the event loop complains of it: what matters was logged where it happened

    tasks.add(task)
    task.add_done_callback(ended)
