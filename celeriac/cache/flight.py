"""One computation of a key among the threads or tasks of a process: one flies, the others wait for it to land."""

import threading
from typing import Any


class Flight:
    """A computation under way."""

    __slots__ = ("as_of_ns", "caller", "encoded", "error", "landed", "shared", "stored")

    def __init__(self, caller: object, landed: Any) -> None:
        self.caller = caller
        self.landed = landed
        self.shared = False
        """Whether all others may take the value without looking into Redis, since Redis was away all along."""
        self.as_of_ns = 0
        """Who began to ask before this may take the value too: no invalidation that it must heed is missing from it."""
        self.stored = True
        """False where the value cannot be cached, so that looking for it again would be in vain."""
        self.encoded: bytes | None = None
        self.error: Exception | None = None

    def bring(self, encoded: bytes, as_of_ns: int) -> None:
        """Hand over the value that held at `as_of_ns`; each of the others decodes one of its own."""
        self.encoded, self.as_of_ns = encoded, as_of_ns

    def share(self, encoded: bytes) -> None:
        """Hand over the value to all of the others."""
        self.encoded, self.shared = encoded, True

    def serves(self, began_ns: int) -> bool:
        """Return whether one that began to ask then may take the value as it is."""
        return self.shared or began_ns <= self.as_of_ns


class Flights:
    """The computations under way in this process, by key."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self._lock = threading.Lock()

    def join(self, key: str, flight: Flight) -> tuple[Flight, bool]:
        """Return the key's flight, else the given one, and whether the caller is the one who flies."""
        with self._lock:
            current = self._flights.setdefault(key, flight)
            return current, current is flight

    def land(self, key: str, flight: Flight) -> None:
        """End a flight."""
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.landed.set()
