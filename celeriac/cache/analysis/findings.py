"""What may be wrong, one check a function: pure, and each finding says what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from celeriac.cache.analysis.sample import KeySample
from celeriac.cache.analysis.server import Server
from celeriac.cache.policy import MIB, AnalysisPolicy

Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend."""

    check: str
    severity: Severity
    sentence: str
    cure: str


Check = Callable[[Server, KeySample, AnalysisPolicy], Finding | None]


def memory(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a cache that is nearly full, or that nothing keeps from filling the machine."""
    if not server.max_memory_bytes:
        return Finding(
            "memory",
            "warning",
            f"Redis has no memory limit and uses {server.used_memory_bytes / MIB:.0f} MiB.",
            "Set maxmemory to what the machine can spare, and maxmemory-policy allkeys-lfu if it only caches.",
        )
    if server.memory_ratio < policy.max_memory_ratio:
        return None
    refusing = server.eviction_policy == "noeviction"
    return Finding(
        "memory",
        "critical" if refusing else "warning",
        f"Redis uses {server.memory_ratio:.0%} of its memory limit"
        + (" and refuses writes when it is full (noeviction)." if refusing else "."),
        "Raise maxmemory, shorten lifetimes, or set maxmemory-policy allkeys-lfu if it only caches.",
    )


def hit_ratio(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a cache that mostly misses."""
    if server.hits + server.misses < policy.min_lookups or server.hit_ratio >= policy.min_hit_ratio:
        return None
    return Finding(
        "hit_ratio",
        "warning",
        f"Only {server.hit_ratio:.0%} of {server.hits + server.misses} lookups found a key.",
        "Warm what is read most, lengthen the lifetimes of what seldom changes, and look for evictions.",
    )


def evictions(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:  # noqa: ARG001 - a Check
    """Find keys that were thrown out before their time."""
    if not server.evicted:
        return None
    return Finding(
        "evictions",
        "warning",
        f"{server.evicted} keys were evicted since the server started, {server.expired} ended by themselves.",
        "Raise maxmemory, or cache less: shorter lifetimes, smaller values, compression.",
    )


def fragmentation(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find memory that is held and not used."""
    wasted = server.rss_bytes - server.used_memory_bytes
    if server.fragmentation_ratio < policy.max_fragmentation_ratio or wasted < policy.min_fragmentation_bytes:
        return None
    return Finding(
        "fragmentation",
        "info",
        f"{wasted / MIB:.0f} MiB are lost to fragmentation (ratio {server.fragmentation_ratio:.1f}).",
        "CONFIG SET activedefrag yes, where the server was built with jemalloc.",
    )


def clients(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find connections that run out."""
    if server.rejected_connections:
        sentence = f"{server.rejected_connections} connections were rejected since the server started."
    elif server.max_clients and server.clients / server.max_clients >= policy.max_client_ratio:
        sentence = f"{server.clients} of {server.max_clients} connections are in use."
    else:
        return None
    return Finding("clients", "critical", sentence, "Bound the clients' pools, or raise maxclients.")


def keys_without_ttl(_: Server, sample: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find keys that stay for ever."""
    if sample.without_ttl_ratio < policy.max_keys_without_ttl_ratio or not sample.without_ttl:
        return None
    worst = max(sample.prefixes, key=lambda use: use.without_ttl)
    return Finding(
        "keys_without_ttl",
        "warning",
        f"{sample.without_ttl} of {sample.keys} sampled keys never expire, most of them under {worst.prefix}.",
        "Set them with a TTL; what is no cache belongs on another Redis.",
    )


def big_keys(_: Server, sample: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find values that stall the server when they are read or freed."""
    if not sample.big_keys:
        return None
    biggest = sample.big_keys[0]
    return Finding(
        "big_keys",
        "warning",
        f"{len(sample.big_keys)} sampled keys exceed {policy.big_key_bytes / MIB:g} MiB;"
        f" {biggest.key} ({biggest.kind}) takes {biggest.bytes / MIB:.1f} MiB.",
        "Split them, compress them, and drop them with UNLINK.",
    )


def slow_commands(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find commands that held everyone up."""
    if server.slowest_ms < policy.slow_command_ms:
        return None
    return Finding(
        "slow_commands",
        "info",
        f"{server.slowest_command} took {server.slowest_ms:.0f} ms, and Redis does one thing at a time.",
        "See SLOWLOG GET; use SCAN for KEYS, UNLINK for DEL, and smaller values.",
    )


def persistence(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:  # noqa: ARG001 - a Check
    """Find a server that cannot save, which by default refuses writes."""
    if server.snapshot_ok and server.append_ok:
        return None
    return Finding(
        "persistence",
        "critical",
        "Redis could not save its data; by default it then refuses writes.",
        'Look at its disk and its log; a pure cache needs no saving: CONFIG SET save "".',
    )


def replication(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:  # noqa: ARG001 - a Check
    """Find a cache on a server that takes no writes."""
    if server.role == "master":
        return None
    link = "" if server.primary_link_ok else ", and has lost its primary"
    return Finding(
        "replication",
        "critical",
        f"This Redis is a replica{link}: it takes no writes.",
        "Point the cache at the primary, or at Sentinel.",
    )


CHECKS: tuple[Check, ...] = (
    memory,
    hit_ratio,
    evictions,
    fragmentation,
    clients,
    keys_without_ttl,
    big_keys,
    slow_commands,
    persistence,
    replication,
)
