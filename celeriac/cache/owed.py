"""Invalidations that Redis could not be told yet."""

import threading


class Owed:
    """Remembers what to drop as soon as Redis answers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._generations: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._generations or self._pairs)

    def add(self, generations: list[str], pairs: list[tuple[str, str]]) -> bool:
        """Remember; return False where there is no room for the pairs. Generations always have: they are few names."""
        with self._lock:
            self._generations.update(generations)
            if len(self._pairs) + len(pairs) > self._most:
                return False
            self._pairs.update(pairs)
            return True

    def take(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Return all of it and forget it."""
        if not self:
            return [], []
        with self._lock:
            generations, pairs = [*self._generations], [*self._pairs]
            self._generations.clear()
            self._pairs.clear()
            return generations, pairs
