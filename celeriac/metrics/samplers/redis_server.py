"""Each Redis by its role: memory, clients, hits and misses, evictions, keys.

https://redis.io/docs/latest/commands/info/
"""

from collections.abc import Iterator, Mapping
from typing import Any

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
METRICS = (
    MEMORY, LIMIT, FRAGMENTATION, CLIENTS, BLOCKED, LOOKUPS, EVICTED, EXPIRED, COMMANDS,
    REJECTED, KEYS, UPTIME, PERSISTED,
)  # fmt: skip

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
)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Ask each Redis once; roles that share a server read the same."""
    for role, client in sources.redis.items():
        yield from _read(role, client.info())


def _read(role: str, info: Mapping[str, Any]) -> Iterator[Sample]:
    for metric, field in _PLAIN:
        yield metric.of(info.get(field), role=role)
    yield LOOKUPS.of(info.get("keyspace_hits"), role=role, outcome="hit")
    yield LOOKUPS.of(info.get("keyspace_misses"), role=role, outcome="miss")
    for field, value in info.items():
        if field.startswith("db") and field[2:].isdigit():
            yield KEYS.of(value["keys"], role=role, database=field[2:])
    states = (info.get("rdb_last_bgsave_status", "ok"), info.get("aof_last_write_status", "ok"))
    yield PERSISTED.of(all(state == "ok" for state in states), role=role)
