"""What a Redis server says of itself.

https://redis.io/docs/latest/commands/info/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis import Redis


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
    slowest_ms: float
    """The slowest command that the slow log still holds."""
    slowest_command: str

    @property
    def hit_ratio(self) -> float:
        """Share of all lookups on the server that found a key."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0

    @property
    def memory_ratio(self) -> float:
        """Share of the memory limit that is used; 0 where there is no limit."""
        return self.used_memory_bytes / self.max_memory_bytes if self.max_memory_bytes else 0.0


def read(client: "Redis") -> Server:
    """Ask a server; two round trips."""
    information: Mapping[str, Any] = client.info()
    slow = max(client.slowlog_get(32), key=lambda entry: entry["duration"], default=None)
    return of(information, slow)


def of(information: Mapping[str, Any], slow: Mapping[str, Any] | None = None) -> Server:
    """Return what INFO says; what a version does not tell is taken as untroubled."""
    say = information.get
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
        slowest_ms=slow["duration"] / 1000 if slow else 0.0,
        slowest_command=_first_words(slow["command"]) if slow else "",
    )


def _is_database(name: str, value: object) -> bool:
    return name.startswith("db") and name[2:].isdigit() and isinstance(value, dict)


def _first_words(command: bytes | str) -> str:
    """Return the command's name and key; its values are nobody's business."""
    text = command.decode("utf-8", "replace") if isinstance(command, bytes) else command
    return " ".join(text.split()[:2])[:80]
