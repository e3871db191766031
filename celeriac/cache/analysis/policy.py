"""How much of Redis is looked at, what is worth a finding, and what may be mended unasked."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AnalysisPolicy:
    """How much of Redis is looked at, and from where on it is worth a finding."""

    sample_keys: int = 2_000
    time_limit_s: float = 5.0
    big_key_bytes: int = MIB
    big_keys_shown: int = 10
    hot_keys_shown: int = 10
    max_hot_key_share: float = 0.25
    """Of the sampled accesses on one key: from there on it is what the server does, whatever the rest."""
    min_hot_accesses: float = 1_000.0
    """Fewer make no key hot, whatever its share."""
    min_hit_ratio: float = 0.8
    min_lookups: int = 1_000
    """Below so many lookups a hit ratio says nothing."""
    max_memory_ratio: float = 0.9
    max_fragmentation_ratio: float = 1.5
    min_fragmentation_ratio: float = 0.8
    """Below it the system holds less in memory than Redis has in use: the rest was swapped out."""
    min_fragmentation_bytes: int = 100 * MIB
    """A small server is always fragmented: it holds more of its own than of data."""
    max_client_ratio: float = 0.8
    max_keys_without_ttl_ratio: float = 0.1
    slow_command_ms: float = 10.0
    max_latency_ms: float = 5.0
    """Median of a PING with its way there and back; within one network it is below 1 ms."""
    max_stall_ms: float = 100.0
    """Of a fork or of an event that the latency monitor noted."""
    max_replica_lag_s: float = 10.0


@dataclass(frozen=True, slots=True)
class MendPolicy:
    """What `optimize_caching` may change by itself; each change is recorded with what undoes it."""

    lifetimes: bool = True
    """A lifetime for keys of the cache's own prefix that have lost theirs; no other key is touched."""
    lifetime_s: int = 86_400
    most_keys: int = 1_000
    """In one run: each is named in the record, so that it can be undone."""
    config_allowed: bool = False
    """CONFIG SET, which changes the server for everyone on it: only where this Redis is ours to configure."""
