"""What a process did, counted without a lock wait worth measuring, until it is added to Redis."""

import threading
from collections.abc import Mapping

from celeriac.cache.statistics import BUCKETS, COUNTERS

MOST_UNADDED = 10_000
"""Local hits that are noted before they are added up."""


class Tally:
    """One namespace's counters in this process, since the last flush."""

    __slots__ = ("_bytes_read", "_counts", "_hits", "_latencies", "_local", "_lock", "_saved_us", "name")

    def __init__(self, namespace: str, function: str = "") -> None:
        self.name = f"{namespace}/{function}" if function else namespace
        self.clear()

    def clear(self) -> None:
        """Begin at zero; a forked child must not report its parent's counts again."""
        self._lock = threading.Lock()
        self._local: list[float] = []
        self._zero()

    def hit(self, bytes_read: int, saved_ms: float, latency_ns: int) -> None:
        """Count a lookup that was answered; on the path of every hit, so three sums and nothing by name."""
        bucket = (latency_ns // 1000).bit_length()
        with self._lock:
            self._hits += 1
            self._bytes_read += bytes_read
            self._saved_us += saved_ms * 1000
            self._latencies[bucket if bucket < BUCKETS else BUCKETS - 1] += 1

    def local_hit(self, saved_ms: float) -> None:
        """Count a lookup that the in-process tier answered, by the cheapest thing that threads cannot get wrong."""
        self._local.append(saved_ms)
        if len(self._local) >= MOST_UNADDED:
            with self._lock:
                self._add_local()

    def miss(self, latency_ns: int) -> None:
        """Count a lookup that found nothing."""
        bucket = (latency_ns // 1000).bit_length()
        with self._lock:
            self._counts["misses"] = self._counts.get("misses", 0) + 1
            self._latencies[bucket if bucket < BUCKETS else BUCKETS - 1] += 1

    def many(self, hits: int, misses: int, bytes_read: int, saved_ms: float, latency_ns: int) -> None:
        """Count lookups that shared a round trip, each with its share of the latency."""
        bucket = (latency_ns // 1000 // max(1, hits + misses)).bit_length()
        with self._lock:
            self._hits += hits
            self._bytes_read += bytes_read
            self._saved_us += saved_ms * 1000
            self._counts["misses"] = self._counts.get("misses", 0) + misses
            self._latencies[bucket if bucket < BUCKETS else BUCKETS - 1] += hits + misses

    def add(self, **amounts: int) -> None:
        """Add to counters."""
        with self._lock:
            self._add(amounts)

    def take(self) -> dict[str, int]:
        """Return what was counted, by field of the hash, and begin again."""
        with self._lock:
            self._add_local()
            self._add({"hits": self._hits, "bytes_read": self._bytes_read, "saved_us": round(self._saved_us)})
            counts, latencies = self._counts, self._latencies
            self._zero()
        fields = {f"{self.name}|{counter}": amount for counter, amount in counts.items() if amount}
        return fields | {f"{self.name}|l{bucket}": count for bucket, count in enumerate(latencies) if count}

    def give_back(self, fields: Mapping[str, int]) -> None:
        """Take up again what could not be flushed."""
        with self._lock:
            for field, amount in fields.items():
                name = field.rpartition("|")[2]
                if name in COUNTERS:
                    self._add({name: amount})
                else:
                    self._latencies[int(name[1:])] += amount

    def _add_local(self) -> None:
        local = self._local
        count = len(local)
        self._add({"hits": count, "local_hits": count})
        self._saved_us += sum(local[:count]) * 1000
        del local[:count]  # what was appended meanwhile stays

    def _zero(self) -> None:
        self._hits = self._bytes_read = 0
        self._saved_us = 0.0
        self._counts: dict[str, int] = {}
        self._latencies = [0] * BUCKETS

    def _add(self, amounts: Mapping[str, int]) -> None:
        for counter, amount in amounts.items():
            self._counts[counter] = self._counts.get(counter, 0) + amount
