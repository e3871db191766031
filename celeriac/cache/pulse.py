"""The cache's one background thread: it renews the locks of running computations and flushes the statistics.

It is started by the first use, so that it lives in the process that uses the cache: threads do not survive a fork.
"""

import threading
import time
from collections.abc import Callable


class Pulse:
    """Calls `renew(tokens by lock)` while something is held, and `flush()` at its interval."""

    def __init__(
        self, renew: Callable[[dict[str, bytes]], object], flush: Callable[[], object], lock_s: float, flush_s: float
    ) -> None:
        self.idle = True
        """Whether the thread must still be started; read on every hit, so it is a plain attribute."""
        self._renew = renew
        self._flush = flush
        self._renew_s = lock_s / 3
        self._flush_s = flush_s
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child."""
        self._changed = threading.Condition()
        self._held: dict[str, bytes] = {}
        self._stopping = False
        self.idle = True

    def start(self) -> None:
        """Start the thread unless it runs."""
        with self._changed:
            if not self.idle:
                return
            self.idle = self._stopping = False
            threading.Thread(target=self._beat, name="celeriac-cache", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end; the next use starts it again."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def hold(self, lock: str, token: bytes) -> None:
        """Renew a lock until it is released."""
        if self.idle:
            self.start()
        with self._changed:
            self._held[lock] = token

    def release(self, lock: str, token: bytes) -> None:
        """Renew a lock no longer."""
        with self._changed:
            if self._held.get(lock) == token:
                del self._held[lock]

    def _beat(self) -> None:
        try:
            self._until_stopped()
        finally:
            self.idle = True  # whatever ended it, the next use starts it again

    def _until_stopped(self) -> None:
        flush_at = time.monotonic() + self._flush_s
        while True:
            with self._changed:
                # It ticks whether or not something is held: waking it for each computation would cost more.
                self._changed.wait(max(0.0, min(self._renew_s, flush_at - time.monotonic())))
                if self._stopping:
                    return
                held = dict(self._held)
            if held:
                self._renew(held)
            if time.monotonic() >= flush_at:
                self._flush()
                flush_at = time.monotonic() + self._flush_s
