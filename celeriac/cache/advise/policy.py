"""What makes a statement worth caching; `config` composes it from the environment."""

from dataclasses import dataclass
from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class CacheAdvicePolicy:
    """The thresholds of the cache advisor."""

    over: timedelta = timedelta(hours=24)
    """The stretch of measured statements that is looked at: a day holds the busy hours and the quiet ones."""
    min_calls_per_hour: float = 60.0
    """Rarer than once a minute an entry mostly ends before anyone reads it again."""
    min_mean_ms: float = 1.0
    """A look-up in Redis costs some 0.1 to 0.3 ms with its round trip; below this there is nothing to win."""
    min_saved_ms_per_hour: float = 1_000.0
    """A second an hour: less does not pay for the code that invalidates."""
    min_hit_ratio: float = 0.3
    lookup_ms: float = 0.2
    """What each call pays for the look-up; it is taken off what is saved."""
    min_ttl_s: int = 5
    max_ttl_s: int = 3_600
    """Longer lifetimes win little and keep what was forgotten to invalidate for longer."""
    max_stale_ratio: float = 0.35
    """So many of the hits might be older than the last write if nobody invalidated at all. It bounds the lifetime near
    the mean time between two changes: with tags a longer one wins little, without them most of it would be old."""
    gain_margin: float = 0.02
    """The shortest lifetime is taken whose hit ratio is within this of the longest's."""
    pages: float = 3.0
    """Distinct offsets that readers are assumed to ask for."""
    max_entry_bytes: int = 256 * KIB
    """A larger result costs as much to fetch and to decode as to query again."""
    max_memory_bytes: int = 256 * MIB
    """Of all entries of one statement."""
    most_advised: int = 20
    most_refused: int = 20
    """Refusals that are told, those of the heaviest statements."""
