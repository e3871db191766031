"""The cache's thresholds, each with its reason; `config` composes them, a library user passes them."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long an entry serves, and what happens around its end."""

    ttl_s: float = 300.0
    jitter: float = 0.1
    """Each entry lives up to this share shorter, so that what was written together ends apart. Never longer."""
    stale_s: float = 0.0
    """So long after its end an entry is still served while one caller refreshes it in a background thread."""
    stale_if_error_s: float = 0.0
    """So long after its end an entry is served where recomputing it raises."""
    beta: float = 1.0
    """Eagerness of the early refresh (XFetch); 0 turns it off, above 1 refreshes earlier.

    Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015.
    """

    @property
    def kept_s(self) -> float:
        """How long Redis keeps the entry in all."""
        return self.ttl_s + max(self.stale_s, self.stale_if_error_s)


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """What the in-process tier may hold, where a cache or a function asks for it."""

    max_entries: int = 10_000
    max_bytes: int = 64 * MIB
    bound_s: float = 1.0
    """No value is handed out that was replaced or invalidated longer ago than this, whatever happens to Redis."""
    tracking: bool = True
    """Follow changes where the server tells of them (Redis 6, Valkey); else a value is kept for `bound_s` only."""


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How the cache behaves where a call does not say otherwise."""

    lifetime: Lifetime = Lifetime()
    compress_above_bytes: int = 4 * KIB
    """Below that zstd saves little memory and costs a small hit a tenth of its time."""
    compression_level: int = 3
    max_value_bytes: int = 8 * MIB
    """As stored; a larger value is returned and not cached: one such key stalls Redis for everyone."""
    lock_s: float = 3.0
    """A computing process renews its lock at a third of this; one that crashed holds the others up no longer."""
    wait_s: float = 30.0
    """A caller that has waited so long for another's computation computes by itself."""
    breaker_window_s: float = 5.0
    """After a failure Redis is left alone for so long, then asked by one caller."""
    flush_every_s: float = 5.0
    """How often the statistics gathered in the process are added to Redis."""
    refresh_threads: int = 4
    """Background threads that refresh stale entries; with all of them busy the stale value simply serves on."""
    scan_batch: int = 1_000
    """Keys a step of a pattern invalidation looks at and drops."""
    max_owed: int = 10_000
    """Invalidations that Redis could not be told, remembered until it answers."""
    local: LocalPolicy = LocalPolicy()
