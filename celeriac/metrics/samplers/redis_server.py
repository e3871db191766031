"""Each Redis by its role: memory, clients, hits and misses, evictions, keys, persistence, slowness.

https://redis.io/docs/latest/commands/info/
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

_ROLE = ("role",)
MEMORY = Metric("celeriac_redis_memory_bytes", "gauge", "bytes", "Memory used by data and overhead.", _ROLE)
LIMIT = Metric("celeriac_redis_memory_limit_bytes", "gauge", "bytes", "maxmemory; 0 is no limit.", _ROLE)
FRAGMENTATION = Metric(
    "celeriac_redis_memory_fragmentation_ratio",
    "gauge",
    "ratio",
    "Resident over used memory; small servers read high.",
    _ROLE,
)
CLIENTS = Metric("celeriac_redis_clients", "gauge", "1", "Connections.", _ROLE)
BLOCKED = Metric("celeriac_redis_blocked_clients", "gauge", "1", "Connections in a blocking command.", _ROLE)
LOOKUPS = Metric("celeriac_redis_lookups_total", "counter", "1", "Key look-ups, hit or miss.", ("role", "outcome"))
EVICTED = Metric("celeriac_redis_evicted_keys_total", "counter", "1", "Keys thrown out for lack of memory.", _ROLE)
EXPIRED = Metric("celeriac_redis_expired_keys_total", "counter", "1", "Keys whose time was up.", _ROLE)
COMMANDS = Metric("celeriac_redis_commands_total", "counter", "1", "Commands processed.", _ROLE)
REJECTED = Metric("celeriac_redis_rejected_connections_total", "counter", "1", "Connections beyond maxclients.", _ROLE)
KEYS = Metric("celeriac_redis_keys", "gauge", "1", "Keys by numbered database.", ("role", "database"))
UPTIME = Metric("celeriac_redis_uptime_seconds", "gauge", "seconds", "Time since the server's start.", _ROLE)
PERSISTED = Metric(
    "celeriac_redis_persistence_ok", "gauge", "1", "1 while the last save and AOF write succeeded.", _ROLE
)
UNSAVED = Metric(
    "celeriac_redis_unsaved_changes",
    "gauge",
    "1",
    "Writes since the last save: what a crash loses without an AOF.",
    _ROLE,
)
SAVED = Metric("celeriac_redis_last_save_timestamp_seconds", "gauge", "seconds", "When the last save succeeded.", _ROLE)
AOF = Metric("celeriac_redis_aof_enabled", "gauge", "1", "1 where every write goes to the append-only file.", _ROLE)
FORK = Metric(
    "celeriac_redis_last_fork_seconds",
    "gauge",
    "seconds",
    "How long the last fork for a save stopped everything.",
    _ROLE,
)
MAX_CLIENTS = Metric("celeriac_redis_clients_limit", "gauge", "1", "maxclients.", _ROLE)
REPLICAS = Metric("celeriac_redis_replicas", "gauge", "1", "Replicas that are connected.", _ROLE)
PING = Metric("celeriac_redis_ping_seconds", "gauge", "seconds", "How long a PING took to return.", _ROLE)
SLOW = Metric(
    "celeriac_redis_slow_commands_total",
    "counter",
    "1",
    "Commands slower than slowlog-log-slower-than.",
    _ROLE,
)
SLOWEST = Metric(
    "celeriac_redis_slowest_command_seconds",
    "gauge",
    "seconds",
    "The slowest command that was logged in the last five minutes; 0 for none.",
    _ROLE,
)
LATENCY = Metric(
    "celeriac_redis_latency_seconds",
    "gauge",
    "seconds",
    "The last latency spike of an event; there where latency-monitor-threshold is set.",
    ("role", "event"),
)
METRICS = (
    MEMORY, LIMIT, FRAGMENTATION, CLIENTS, BLOCKED, LOOKUPS, EVICTED, EXPIRED, COMMANDS,
    REJECTED, KEYS, UPTIME, PERSISTED, UNSAVED, SAVED, AOF, FORK, MAX_CLIENTS, REPLICAS, PING, SLOW, SLOWEST, LATENCY,
)  # fmt: skip

_LOGGED = 32
"""Entries of the slow log that are read, the newest first."""
_RECENT_S = 300

_PLAIN: tuple[tuple[Metric, str], ...] = (
    (MEMORY, "used_memory"),
    (LIMIT, "maxmemory"),
    (FRAGMENTATION, "mem_fragmentation_ratio"),
    (CLIENTS, "connected_clients"),
    (BLOCKED, "blocked_clients"),
    (EVICTED, "evicted_keys"),
    (EXPIRED, "expired_keys"),
    (COMMANDS, "total_commands_processed"),
    (REJECTED, "rejected_connections"),
    (UPTIME, "uptime_in_seconds"),
    (UNSAVED, "rdb_changes_since_last_save"),
    (SAVED, "rdb_last_save_time"),
    (AOF, "aof_enabled"),
    (MAX_CLIENTS, "maxclients"),
    (REPLICAS, "connected_slaves"),
)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Ask each Redis once; roles that share a server read the same."""
    for role, client in sources.redis.items():
        yield from _read(role, client.info())
        yield from _slowness(role, client)


def _read(role: str, info: Mapping[str, Any]) -> Iterator[Sample]:
    for metric, field in _PLAIN:
        yield metric.of(info.get(field), role=role)
    yield LOOKUPS.of(info.get("keyspace_hits"), role=role, outcome="hit")
    yield LOOKUPS.of(info.get("keyspace_misses"), role=role, outcome="miss")
    for field, value in info.items():
        if field.startswith("db") and field[2:].isdigit():
            yield KEYS.of(value["keys"], role=role, database=field[2:])
    fork_us = info.get("latest_fork_usec")
    yield FORK.of(None if fork_us is None else fork_us / 1e6, role=role)
    states = (info.get("rdb_last_bgsave_status", "ok"), info.get("aof_last_write_status", "ok"))
    yield PERSISTED.of(all(state == "ok" for state in states), role=role)


def _slowness(role: str, client: Redis) -> Iterator[Sample]:
    """Read the slow log and the latency monitor; a managed server may forbid either."""
    began = time.perf_counter()
    client.ping()
    yield PING.of(time.perf_counter() - began, role=role)
    with suppress(ResponseError):
        entries: list[dict[str, Any]] = client.slowlog_get(_LOGGED)
        # Numbers go on over SLOWLOG RESET, so that the newest one counts all there were.
        yield SLOW.of(entries[0]["id"] + 1 if entries else 0, role=role)
        recent = [one["duration"] for one in entries if one["start_time"] > time.time() - _RECENT_S]
        yield SLOWEST.of(max(recent, default=0) / 1e6, role=role)
    with suppress(ResponseError):
        spikes: list[Any] = client.latency_latest()
        for event, _at, last_ms, *_ in spikes:
            yield LATENCY.of(last_ms / 1000, role=role, event=event.decode() if isinstance(event, bytes) else event)
