"""Redis clients with every time-out and retry said aloud, and a count of hits and misses.

redis-py 8 would choose 5 s time-outs and its own retries.

Retries repeat only what is safe to repeat here: reads, SET, and counters that may be one too high after a fault.
"""

import os
from threading import Lock
from typing import Any

import redis
from pydantic import SecretStr
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from config.sections.servers import RedisSettings
from config.settings import settings

_clients: dict[tuple[int, str, str], "CountingRedis"] = {}
_READS = {"GET": 1, "GETEX": 1, "HGET": 2}
"""Commands whose None is a miss, with the number of words that name the value."""


class CountingRedis(redis.Redis):
    """A client that knows how many of its reads found something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hits = 0
        self.misses = 0
        self._counting = Lock()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command, and count what it found."""
        found = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        if args[0] in _READS:
            self._count(found is not None)
        elif args[0] == "MGET":
            for one in found:
                self._count(one is not None)
        return found

    def _count(self, hit: bool) -> None:
        with self._counting:
            self.hits += hit
            self.misses += not hit


def cache_client(target: str = "main") -> CountingRedis:
    """Return the client of the Redis that caches for a target; values are bytes. Raises TargetUnknown."""
    return _client(settings().target(target).cache_url or settings().redis.cache_url, "cache", text=False)


def results_client() -> CountingRedis:
    """Return the client of the Redis that keeps results, leases and counters; values are text."""
    return _client(settings().redis.results_url, "results", text=True)


def broker_client() -> CountingRedis:
    """Return a client of the broker's Redis, to look at it; Celery sends by connections of its own."""
    return _client(settings().redis.broker_url, "broker", text=True)


def forget() -> None:
    """Forget every client: after a fork the parent's sockets are not ours."""
    for (pid, *_), client in _clients.items():
        if pid == os.getpid():
            client.close()
    _clients.clear()


def _client(url: SecretStr, purpose: str, *, text: bool) -> CountingRedis:
    key = (os.getpid(), purpose, url.get_secret_value())
    if key not in _clients:
        _clients[key] = _make(url, purpose, text=text)
    return _clients[key]


def _make(url: SecretStr, purpose: str, *, text: bool) -> CountingRedis:
    limits = settings().redis
    address = url.get_secret_value().replace("redis+socket://", "unix://", 1)  # as kombu writes it
    pool = redis.BlockingConnectionPool.from_url(
        address,
        max_connections=limits.max_connections,
        timeout=limits.connect_timeout_s,
        socket_timeout=limits.socket_timeout_s,
        **({} if address.startswith("unix:") else _over_tcp(limits)),
        health_check_interval=limits.health_check_s,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), limits.retries),
        client_name=f"celeriac:{settings().role}:{purpose}",
        decode_responses=text,
    )
    return CountingRedis(connection_pool=pool)


def _over_tcp(limits: RedisSettings) -> dict[str, Any]:
    return {"socket_connect_timeout": limits.connect_timeout_s, "socket_keepalive": True}
