"""What a Redis server says of itself.

https://redis.io/docs/latest/commands/info/
"""

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

SLOWEST_SHOWN = 5
_PINGS = 5


@dataclass(frozen=True, slots=True)
class SlowCommand:
    """One entry of the slow log, without the values it carried."""

    command: str
    ms: float


@dataclass(frozen=True, slots=True)
class Stall:
    """An event that the latency monitor noted (fork, aof-fsync-always, expire-cycle, …)."""

    event: str
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica, as its primary sees it."""

    address: str
    state: str
    lag_s: float


@dataclass(frozen=True, slots=True)
class Server:
    """One Redis at an instant; counters run since its start."""

    version: str
    run_id: str
    """Changes with every restart: what was cached is gone."""
    role: str
    uptime_s: int
    keys: int
    clients: int
    max_clients: int
    blocked_clients: int
    rejected_connections: int
    used_memory_bytes: int
    rss_bytes: int
    max_memory_bytes: int
    """0 where there is no limit."""
    eviction_policy: str
    fragmentation_ratio: float
    hits: int
    misses: int
    evicted: int
    expired: int
    commands_per_s: float
    snapshot_ok: bool
    append_ok: bool
    primary_link_ok: bool
    rewrite_ok: bool = True
    """Whether the append-only file could last be rewritten."""
    allocator: str = ""
    """Active defragmentation needs jemalloc."""
    last_fork_ms: float = 0.0
    """How long the server stood still when it last saved."""
    latency_ms: float = 0.0
    """Median of a few PINGs from here."""
    replicas: tuple[Replica, ...] = ()
    stalls: tuple[Stall, ...] = ()
    """The worst of each kind; empty where `latency-monitor-threshold` is 0."""
    slowest: tuple[SlowCommand, ...] = ()
    """The slowest that the slow log still holds."""

    @property
    def hit_ratio(self) -> float:
        """Share of all lookups on the server that found a key."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0

    @property
    def memory_ratio(self) -> float:
        """Share of the memory limit that is used; 0 where there is no limit."""
        return self.used_memory_bytes / self.max_memory_bytes if self.max_memory_bytes else 0.0


def read(client: "Redis") -> Server:
    """Ask a server; a handful of round trips, none of which it feels."""
    information: Mapping[str, Any] = client.info()
    return of(information, client.slowlog_get(128), _stalls(client), _latency_ms(client))


def of(
    information: Mapping[str, Any],
    slow: Iterable[Mapping[str, Any]] = (),
    stalls: Sequence[Sequence[Any]] = (),
    latency_ms: float = 0.0,
) -> Server:
    """Return what INFO says; what a version does not tell is taken as untroubled."""
    say = information.get
    slowest = sorted(slow, key=lambda entry: -entry["duration"])[:SLOWEST_SHOWN]
    return Server(
        version=str(say("redis_version", "")),
        run_id=str(say("run_id", "")),
        role=str(say("role", "master")),
        uptime_s=int(say("uptime_in_seconds", 0)),
        keys=sum(value["keys"] for name, value in information.items() if _is_database(name, value)),
        clients=int(say("connected_clients", 0)),
        max_clients=int(say("maxclients", 0)),
        blocked_clients=int(say("blocked_clients", 0)),
        rejected_connections=int(say("rejected_connections", 0)),
        used_memory_bytes=int(say("used_memory", 0)),
        rss_bytes=int(say("used_memory_rss", 0)),
        max_memory_bytes=int(say("maxmemory", 0)),
        eviction_policy=str(say("maxmemory_policy", "noeviction")),
        fragmentation_ratio=float(say("mem_fragmentation_ratio", 1.0)),
        hits=int(say("keyspace_hits", 0)),
        misses=int(say("keyspace_misses", 0)),
        evicted=int(say("evicted_keys", 0)),
        expired=int(say("expired_keys", 0)),
        commands_per_s=float(say("instantaneous_ops_per_sec", 0)),
        snapshot_ok=say("rdb_last_bgsave_status", "ok") == "ok",
        append_ok=say("aof_last_write_status", "ok") == "ok",
        primary_link_ok=say("master_link_status", "up") == "up",
        rewrite_ok=say("aof_last_bgrewrite_status", "ok") == "ok",
        allocator=str(say("mem_allocator", "")),
        last_fork_ms=int(say("latest_fork_usec", 0)) / 1000,
        latency_ms=latency_ms,
        replicas=tuple(_replica(value) for name, value in information.items() if _is_replica(name, value)),
        stalls=tuple(Stall(_text(event), float(worst)) for event, _, _, worst, *_ in stalls),
        slowest=tuple(SlowCommand(_first_words(entry["command"]), entry["duration"] / 1000) for entry in slowest),
    )


def _stalls(client: "Redis") -> Sequence[Sequence[Any]]:
    try:
        answer: Sequence[Sequence[Any]] = client.execute_command("LATENCY", "LATEST")  # type: ignore[no-untyped-call]
    except ResponseError:  # a service that is hosted may forbid it
        return ()
    return answer


def _latency_ms(client: "Redis") -> float:
    taken = []
    for _ in range(_PINGS):
        began_s = time.perf_counter()
        client.ping()
        taken.append((time.perf_counter() - began_s) * 1000)
    return round(statistics.median(taken), 3)


def _replica(value: Mapping[str, Any]) -> Replica:
    address = f"{value.get('ip', '')}:{value.get('port', '')}"
    return Replica(address, str(value.get("state", "")), float(value.get("lag", 0)))


def _is_replica(name: str, value: object) -> bool:
    return name.startswith("slave") and name[5:].isdigit() and isinstance(value, dict)


def _is_database(name: str, value: object) -> bool:
    return name.startswith("db") and name[2:].isdigit() and isinstance(value, dict)


def _first_words(command: bytes | str) -> str:
    """Return the command's name and key; its values are nobody's business."""
    return " ".join(_text(command).split()[:2])[:80]


def _text(word: bytes | str) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else word
