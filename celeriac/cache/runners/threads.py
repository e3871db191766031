"""Threads, for the synchronous cache: what the other runner awaits, this one blocks for."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celeriac.cache.completion import completed
from celeriac.cache.runners.runner import Work


class Threads:
    """The threads of this process."""

    def __init__(self, most_behind: int) -> None:
        self._most_behind = most_behind
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child, whose parent's threads are not there."""
        self._executor = ThreadPoolExecutor(self._most_behind, thread_name_prefix="celeriac-cache-refresh")

    def caller(self) -> object:
        """Return the thread that calls."""
        return threading.get_ident()

    def event(self) -> threading.Event:
        """Return a new event."""
        return threading.Event()

    async def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event; return False where it takes longer."""
        return event.wait(seconds)

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a caller's function and return its value."""
        return function()

    def spawn(self, name: str, work: Work) -> None:
        """Run work in a thread that does not keep the process alive."""
        threading.Thread(target=lambda: completed(work()), name=name, daemon=True).start()

    def behind(self, work: Work) -> None:
        """Run work as soon as one of a few threads is free."""
        self._executor.submit(lambda: completed(work()))

    async def close(self) -> None:
        """Let the work behind end."""
        self._executor.shutdown(wait=True)
        self.reset()
