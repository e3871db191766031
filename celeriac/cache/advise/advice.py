"""What the cache advisor says: plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invalidation:
    """A writing statement of the application, and what to call after it."""

    statement: str
    changes_per_hour: float
    """Rows, or statements where the tag is that of the whole table."""
    call: str
    """A line of Python."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Cacheable:
    """A statement that is worth caching, and how."""

    fingerprint: str
    role: str
    statement: str
    name: str
    """Of the function to write."""
    code: str
    """The imports, the `@cached` line and the function's head: Python to paste."""
    ttl_s: int
    key: str
    """The key template."""
    tags: tuple[str, ...]
    """Tag templates, one a table."""
    invalidations: tuple[Invalidation, ...]
    calls_per_hour: float
    mean_ms: float
    keys: float
    """Distinct sets of parameters, as the statistics of the compared columns tell."""
    changes_per_hour: float
    """Of what one key shows, weighted by how often each is read."""
    hit_ratio: float
    stale_ratio: float
    """Share of the hits that would be older than the last write if nobody invalidated."""
    saved_ms_per_hour: float
    entry_bytes: int
    memory_bytes: int
    reason: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotCacheable:
    """A statement that is better left alone, and why."""

    fingerprint: str
    statement: str
    reason: str
    ms_per_hour: float


@dataclass(frozen=True, slots=True)
class CacheAdvice:
    """What to cache, the most saving first, and what not, the heaviest first."""

    cacheable: tuple[Cacheable, ...]
    refused: tuple[NotCacheable, ...]
    statements: int
    """Reading statements that were looked at."""
    hours: float

    @property
    def saved_ms_per_hour(self) -> float:
        """What all of it would save together."""
        return sum(one.saved_ms_per_hour for one in self.cacheable)
