"""What the cache did, over all processes.

All processes add to one hash, `<prefix>:s`, with fields `<namespace>|<counter>`, or `<namespace>/<function>|<counter>`
for what a decorated function did in a namespace it shares; so their numbers add up, and reading all of them is one
command.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

COUNTERS = (
    "hits",
    "local_hits",
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
    "evictions",
    "breaker_openings",
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
    function: str = ""
    """Which decorated function it is about; all uses of the namespace where it is empty."""
    hits: int = 0
    local_hits: int = 0
    """Hits that the in-process tier answered; also counted in hits."""
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
    evictions: int = 0
    """Values that left the in-process tier for want of room; counted in the cache's default namespace."""
    breaker_openings: int = 0
    """Times that a process stopped asking Redis; counted in the cache's default namespace."""
    bytes_read: int = 0
    bytes_written: int = 0
    bytes_encoded: int = 0
    """Bytes written before compression."""
    compute_us: int = 0
    saved_us: int = 0
    """What the hits would have cost to compute."""
    latencies: tuple[int, ...] = (0,) * BUCKETS
    """Of the lookups that asked Redis, by bucket."""

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


def read(fields: Mapping[bytes, bytes]) -> dict[str, NamespaceStatistics]:
    """Return the statistics that a hash holds, by namespace; fields of other versions are passed over."""
    by_namespace: dict[str, NamespaceStatistics] = {}
    for one in read_functions(fields):
        known = by_namespace.get(one.namespace)
        by_namespace[one.namespace] = replace(one, function="") if known is None else _sum(known, one)
    return by_namespace


def read_functions(fields: Mapping[bytes, bytes]) -> tuple[NamespaceStatistics, ...]:
    """Return the statistics that a hash holds, by namespace and function (empty for uses by no function)."""
    counters: dict[str, dict[str, int]] = {}
    latencies: dict[str, list[int]] = {}
    for name, counter, amount in _parsed(fields.items()):
        if counter in COUNTERS:
            counters.setdefault(name, {})[counter] = amount
        elif counter[:1] == "l" and counter[1:].isdigit() and int(counter[1:]) < BUCKETS:
            latencies.setdefault(name, [0] * BUCKETS)[int(counter[1:])] = amount
    found = []
    for name in sorted(counters.keys() | latencies.keys()):
        namespace, _, function = name.partition("/")
        spread = tuple(latencies.get(name, (0,) * BUCKETS))
        found.append(NamespaceStatistics(namespace, function, **counters.get(name, {}), latencies=spread))
    return tuple(found)


def _sum(one: NamespaceStatistics, two: NamespaceStatistics) -> NamespaceStatistics:
    sums = {counter: getattr(one, counter) + getattr(two, counter) for counter in COUNTERS}
    latencies = tuple(a + b for a, b in zip(one.latencies, two.latencies, strict=True))
    return NamespaceStatistics(one.namespace, **sums, latencies=latencies)


def _parsed(items: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str, int]]:
    for field, amount in items:
        name, _, counter = field.decode("utf-8", "replace").rpartition("|")
        if name and amount.lstrip(b"-").isdigit():
            yield name, counter, int(amount)
