"""What may be wrong, one check a function: pure, and each finding says what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from celeriac.cache.analysis.policy import MIB, AnalysisPolicy
from celeriac.cache.analysis.sample import KeySample
from celeriac.cache.analysis.server import Server

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
    if server.fragmentation_ratio < policy.min_fragmentation_ratio and -wasted >= policy.min_fragmentation_bytes:
        return Finding(
            "fragmentation",
            "critical",
            f"{-wasted / MIB:.0f} MiB of Redis's memory are swapped out (ratio {server.fragmentation_ratio:.1f}).",
            "Give the machine more memory, or lower maxmemory below what it can spare.",
        )
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
    slow = [one for one in server.slowest if one.ms >= policy.slow_command_ms]
    if not slow:
        return None
    others = f" ({len(slow)} such commands)" if len(slow) > 1 else ""
    return Finding(
        "slow_commands",
        "info",
        f"{slow[0].command} took {slow[0].ms:.0f} ms{others}, and Redis does one thing at a time.",
        "See SLOWLOG GET; use SCAN for KEYS, UNLINK for DEL, and smaller values.",
    )


def latency(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a server that answers slowly, or that stood still."""
    worst = max(server.stalls, key=lambda stall: stall.worst_ms, default=None)
    if worst is not None and worst.worst_ms >= policy.max_stall_ms:
        return Finding(
            "latency",
            "warning",
            f"Redis stood still for {worst.worst_ms:.0f} ms ({worst.event}).",
            f"See LATENCY DOCTOR and LATENCY HISTORY {worst.event}.",
        )
    if server.latency_ms < policy.max_latency_ms:
        return None
    return Finding(
        "latency",
        "warning",
        f"A PING takes {server.latency_ms:.1f} ms from here.",
        "Look at the network between, at the machine's load, and at SLOWLOG GET; keep hot values in the process"
        " (Cache(local=True)).",
    )


def hot_keys(_: Server, sample: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a key that is most of what the server is asked for."""
    if not sample.hot_keys or sample.accesses < policy.min_hot_accesses:
        return None
    hottest = sample.hot_keys[0]
    share = hottest.accesses / sample.accesses
    if share < policy.max_hot_key_share or hottest.accesses < policy.min_hot_accesses:
        return None
    return Finding(
        "hot_keys",
        "info",
        f"{share:.0%} of the sampled accesses go to {hottest.key}.",
        "Keep it in the processes that read it (Cache(local=True)), or split it.",
    )


def persistence(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a server that cannot save, which by default refuses writes, or that stands still to do so."""
    if server.snapshot_ok and server.append_ok and server.rewrite_ok:
        if server.last_fork_ms < policy.max_stall_ms:
            return None
        return Finding(
            "persistence",
            "warning",
            f"Redis stood still for {server.last_fork_ms:.0f} ms to begin saving its data.",
            'A pure cache needs no saving: CONFIG SET save "" and appendonly no; else give it less memory.',
        )
    return Finding(
        "persistence",
        "critical",
        "Redis could not save its data; by default it then refuses writes.",
        'Look at its disk and its log; a pure cache needs no saving: CONFIG SET save "".',
    )


def replication(server: Server, _: KeySample, policy: AnalysisPolicy) -> Finding | None:
    """Find a cache on a server that takes no writes, and replicas that a failover would find behind."""
    if server.role == "master":
        behind = [one for one in server.replicas if one.state != "online" or one.lag_s >= policy.max_replica_lag_s]
        if not behind:
            return None
        return Finding(
            "replication",
            "warning",
            f"The replica {behind[0].address} is {behind[0].state} and was last heard of {behind[0].lag_s:.0f} s ago.",
            "Look at its log and the network; raise client-output-buffer-limit replica where it keeps resynchronising.",
        )
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
    hot_keys,
    slow_commands,
    latency,
    persistence,
    replication,
)
