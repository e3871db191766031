"""Leave a broken Redis alone: one failure opens the breaker, and once a window one caller may try again.

A Redis that accepts and stays silent costs each command its time-out; without a breaker every request of a web service
pays it, and the cache is what takes the service down.
"""

import threading
import time
from collections.abc import Callable
from typing import Literal

BreakerState = Literal["closed", "open", "half-open"]


class Breaker:
    """Closed: ask Redis. Open: do not. Half-open: the window has passed and the next caller is the probe."""

    __slots__ = ("_clock", "_lock", "_window_s", "closed", "opened", "opened_until_s")

    def __init__(self, window_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Close it, whatever was before."""
        self.opened = 0
        """How often it went from closed to open."""
        self.closed = True
        self.opened_until_s = 0.0
        self._lock = threading.Lock()

    @property
    def state(self) -> BreakerState:
        """Return the state as an operator would name it."""
        if self.closed:
            return "closed"
        return "open" if self._clock() < self.opened_until_s else "half-open"

    def allows(self) -> bool:
        """Return whether the caller may ask Redis; at half-open exactly one caller a window may."""
        if self.closed:
            return True
        if self._clock() < self.opened_until_s:
            return False
        with self._lock:
            if self._clock() < self.opened_until_s:
                return False
            self.opened_until_s = self._clock() + self._window_s
            return True

    def failed(self) -> bool:
        """Note a failure; return whether this one opened a closed breaker."""
        with self._lock:
            first = self.closed
            self.closed = False
            self.opened += first
            self.opened_until_s = self._clock() + self._window_s
            return first

    def succeeded(self) -> bool:
        """Note an answer; return whether it closed an open breaker."""
        if self.closed:
            return False
        with self._lock:
            reopened, self.closed = not self.closed, True
            return reopened
