"""The cache's one background thread or task: it renews the locks of running computations and flushes the statistics.

It is started by the first use, so that it lives in the process that uses the cache: threads do not survive a fork.
"""

import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from celeriac.cache.runners import Runner

Renew = Callable[[dict[str, bytes]], Coroutine[Any, Any, object]]
Flush = Callable[[], Coroutine[Any, Any, object]]


class Pulse:
    """Calls `renew(tokens by lock)` while something is held, and `flush()` at its interval."""

    def __init__(self, runner: Runner, renew: Renew, flush: Flush, lock_s: float, flush_s: float) -> None:
        self._runner = runner
        self._renew = renew
        self._flush = flush
        self._renew_s = lock_s / 3
        self._flush_s = flush_s
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child or another event loop."""
        self._lock = threading.Lock()
        self._held: dict[str, bytes] = {}
        self._stopped: Any = None
        self.idle = True
        """Whether it must still be started; read on every hit, so it is a plain attribute."""

    def start(self) -> None:
        """Start unless it runs."""
        with self._lock:
            if not self.idle:
                return
            self.idle = False
            stopped = self._stopped = self._runner.event()
        self._runner.spawn("celeriac-cache", lambda: self._beat(stopped))

    def stop(self) -> None:
        """Let it end; the next use starts it again."""
        if self._stopped is not None:
            self._stopped.set()

    def hold(self, lock: str, token: bytes) -> None:
        """Renew a lock until it is released."""
        if self.idle:
            self.start()
        with self._lock:
            self._held[lock] = token

    def release(self, lock: str, token: bytes) -> None:
        """Renew a lock no longer."""
        with self._lock:
            if self._held.get(lock) == token:
                del self._held[lock]

    async def _beat(self, stopped: Any) -> None:
        try:
            await self._until(stopped)
        finally:
            if self._stopped is stopped:
                self.idle = True  # whatever ended it, the next use starts it again

    async def _until(self, stopped: Any) -> None:
        flush_at = time.monotonic() + self._flush_s
        # It ticks whether or not something is held: waking it for each computation would cost more.
        while not await self._runner.wait(stopped, max(0.0, min(self._renew_s, flush_at - time.monotonic()))):
            with self._lock:
                held = dict(self._held)
            if held:
                await self._renew(held)
            if time.monotonic() >= flush_at:
                await self._flush()
                flush_at = time.monotonic() + self._flush_s
