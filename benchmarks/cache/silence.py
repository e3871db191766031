"""Stop the server's process: what the first and the following lookups cost, of ours and of a client as it comes."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from benchmarks.cache.row import Row, p50_us
from benchmarks.cache.values import SMALL
from celeriac.cache import Cache
from sandbox.redis import RedisServer


def measure(server: RedisServer, rounds: int) -> Iterator[Row]:  # noqa: ARG001 - one signature for all sections
    """Measure one silence: every lookup of the others costs the same time-out."""
    cache, client = Cache(server.url()), redis.Redis.from_url(server.url())
    cache.set("small", SMALL)
    client.ping()

    def plain() -> None:
        with suppress(redis.TimeoutError):
            client.get("small")

    with _paused(server):
        first_ms = p50_us(lambda: cache.get("small"), 1) / 1000
        later_ms = p50_us(lambda: cache.get("small"), 1_000) / 1000
        plain_ms = round(p50_us(plain, 1) / 1000)
    yield Row("silent Redis, first lookup", round(first_ms, 1), {"redis-py": plain_ms}, "ms")
    yield Row("silent Redis, each later lookup", round(later_ms, 4), {"redis-py": plain_ms}, "ms")
    cache.close()


@contextmanager
def _paused(server: RedisServer) -> Iterator[None]:
    assert server.process is not None
    assert server.process.running is not None
    os.kill(server.process.running.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.running.pid, signal.SIGCONT)
