"""One computation of a key among the threads of a process: one flies, the others wait for it to land."""

import threading
from typing import Any


class Flight:
    """A computation under way."""

    __slots__ = ("_landed", "error", "shared", "stored", "thread", "value")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.shared = False
        """Whether the others may take `value` without looking into Redis, since Redis was away all along."""
        self.stored = True
        """False where the value cannot be cached, so that looking for it again would be in vain."""
        self.value: Any = None
        self.error: Exception | None = None
        self._landed = threading.Event()

    def share(self, value: Any) -> None:
        """Hand the value to the others."""
        self.value, self.shared = value, True

    def wait(self, seconds: float) -> bool:
        """Wait for the landing; return False where it takes longer."""
        return self._landed.wait(seconds)

    def land(self) -> None:
        """Let the others go on."""
        self._landed.set()


class Flights:
    """The computations under way in this process, by key."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self._lock = threading.Lock()

    def join(self, key: str) -> tuple[Flight, bool]:
        """Return the key's flight and whether the caller is the one who flies."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Flight()
            return flight, True

    def land(self, key: str, flight: Flight) -> None:
        """End a flight."""
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.land()
