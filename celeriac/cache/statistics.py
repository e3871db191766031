"""What the cache did, gathered in the process without a lock wait worth measuring and added to Redis in batches.

All processes add to one hash, `<prefix>:s`, with fields `<namespace>|<counter>`; so their numbers add up, and reading
all of them is one command.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COUNTERS = (
    "hits",
    "misses",
    "stale_hits",
    "sets",
    "deletes",
    "invalidations",
    "computations",
    "refreshes",
    "waits",
    "errors",
    "bypassed",
    "too_large",
    "bytes_read",
    "bytes_written",
    "bytes_encoded",
    "compute_us",
    "saved_us",
)
BUCKETS = 24
"""Latencies of lookups by powers of two: bucket i holds those below 2^i µs."""


@dataclass(frozen=True, slots=True)
class NamespaceStatistics:
    """One namespace over all processes since the statistics were last cleared."""

    namespace: str
    hits: int = 0
    misses: int = 0
    stale_hits: int = 0
    """Hits past their end, while a refresh was under way or after it failed; also counted in hits."""
    sets: int = 0
    deletes: int = 0
    invalidations: int = 0
    computations: int = 0
    refreshes: int = 0
    waits: int = 0
    """Callers that waited for another's computation instead of repeating it."""
    errors: int = 0
    bypassed: int = 0
    """Lookups that went past Redis because it did not answer."""
    too_large: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    bytes_encoded: int = 0
    """Bytes written before compression."""
    compute_us: int = 0
    saved_us: int = 0
    """What the hits would have cost to compute."""
    latencies: tuple[int, ...] = (0,) * BUCKETS

    @property
    def hit_ratio(self) -> float:
        """Share of the lookups that Redis answered."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0

    @property
    def saved_ms(self) -> float:
        """Computation saved, in ms."""
        return self.saved_us / 1000

    @property
    def compressed_ratio(self) -> float:
        """Bytes stored for each byte of JSON."""
        return self.bytes_written / self.bytes_encoded if self.bytes_encoded else 1.0

    def latency_us(self, quantile: float) -> float:
        """Return the upper bound of the bucket in which a quantile of the lookups lies."""
        rank = quantile * sum(self.latencies)
        reached = 0
        for bucket, count in enumerate(self.latencies):
            reached += count
            if count and reached >= rank:
                return float(2**bucket)
        return 0.0


class Tally:
    """One namespace's counters in this process, since the last flush."""

    __slots__ = ("_bytes_read", "_counts", "_hits", "_latencies", "_lock", "_saved_us", "namespace")

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.clear()

    def clear(self) -> None:
        """Begin at zero; a forked child must not report its parent's counts again."""
        self._lock = threading.Lock()
        self._zero()

    def hit(self, bytes_read: int, saved_ms: float, latency_ns: int) -> None:
        """Count a lookup that was answered; on the path of every hit, so three sums and nothing by name."""
        bucket = (latency_ns // 1000).bit_length()
        with self._lock:
            self._hits += 1
            self._bytes_read += bytes_read
            self._saved_us += saved_ms * 1000
            self._latencies[bucket if bucket < BUCKETS else BUCKETS - 1] += 1

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
            self._add({"hits": self._hits, "bytes_read": self._bytes_read, "saved_us": round(self._saved_us)})
            counts, latencies = self._counts, self._latencies
            self._zero()
        fields = {f"{self.namespace}|{counter}": amount for counter, amount in counts.items() if amount}
        return fields | {f"{self.namespace}|l{bucket}": count for bucket, count in enumerate(latencies) if count}

    def give_back(self, fields: Mapping[str, int]) -> None:
        """Take up again what could not be flushed."""
        with self._lock:
            for field, amount in fields.items():
                name = field.rpartition("|")[2]
                if name in COUNTERS:
                    self._add({name: amount})
                else:
                    self._latencies[int(name[1:])] += amount

    def _zero(self) -> None:
        self._hits = self._bytes_read = 0
        self._saved_us = 0.0
        self._counts: dict[str, int] = {}
        self._latencies = [0] * BUCKETS

    def _add(self, amounts: Mapping[str, int]) -> None:
        for counter, amount in amounts.items():
            self._counts[counter] = self._counts.get(counter, 0) + amount


def read(fields: Mapping[bytes, bytes]) -> dict[str, NamespaceStatistics]:
    """Return the statistics that a hash holds, by namespace; fields of other versions are passed over."""
    counters: dict[str, dict[str, int]] = {}
    latencies: dict[str, list[int]] = {}
    for namespace, name, amount in _parsed(fields.items()):
        if name in COUNTERS:
            counters.setdefault(namespace, {})[name] = amount
        elif name[:1] == "l" and name[1:].isdigit() and int(name[1:]) < BUCKETS:
            latencies.setdefault(namespace, [0] * BUCKETS)[int(name[1:])] = amount
    return {
        namespace: NamespaceStatistics(
            namespace,
            **counters.get(namespace, {}),
            latencies=tuple(latencies.get(namespace, (0,) * BUCKETS)),
        )
        for namespace in sorted(counters.keys() | latencies.keys())
    }


def _parsed(items: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str, int]]:
    for field, amount in items:
        namespace, _, name = field.decode("utf-8", "replace").rpartition("|")
        if namespace and amount.lstrip(b"-").isdigit():
            yield namespace, name, int(amount)
