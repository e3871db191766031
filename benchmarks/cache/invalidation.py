"""Invalidate 10,000 of 100,000 keys: by tag, with a reader's next look, and by pattern; beside the usual two ways."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

import redis

from benchmarks.cache.row import Row
from celeriac.cache import Cache
from sandbox.redis import RedisServer

OTHERS, OURS, STEP = 90_000, 10_000, 1_000


def measure(server: RedisServer, rounds: int) -> Iterator[Row]:
    """Fill a Redis with 100,000 keys three times, and drop a tenth of them in each of four ways."""
    cache, reader = Cache(server.url()), Cache(server.url())
    client = redis.Redis.from_url(server.url())
    by_tag, by_pattern, by_set, by_scan = [], [], [], []
    _fill(lambda first: cache.set_many(_numbered("other", first), namespace="large"), OTHERS)
    for _ in range(min(rounds, 3)):
        _fill(lambda first: cache.set_many(_numbered("tagged", first), namespace="large", tags=("t",)), OURS)
        reader.get("tagged:1", namespace="large")

        def drop_and_look() -> None:
            cache.invalidate(tags=("t",))
            assert reader.get("tagged:1", namespace="large", default=None) is None

        by_tag.append(_ms(drop_and_look))
        by_pattern.append(_ms(lambda: cache.invalidate_matching("tagged:*", namespace="large")))
        _fill(lambda first: _by_hand(client, first), OURS)
        by_set.append(_ms(lambda: _tag_set(client)))
        _fill(lambda first: _by_hand(client, first), OURS)
        by_scan.append(_ms(lambda: _scan(client)))
    tag, pattern, as_set, scan = (round(median(found), 2) for found in (by_tag, by_pattern, by_set, by_scan))
    yield Row("invalidate 10,000 of 100,000 by tag, and look", tag, {"a set of its keys in Redis": as_set}, "ms")
    yield Row("invalidate 10,000 of 100,000 by pattern", pattern, {"SCAN and UNLINK": scan}, "ms")
    cache.close()
    reader.close()
    client.flushall()


def _numbered(name: str, first: int) -> dict[str, int]:
    return {f"{name}:{number}": 1 for number in range(first, first + STEP)}


def _fill(store: Callable[[int], object], count: int) -> None:
    for first in range(0, count, STEP):
        store(first)


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _by_hand(client: "redis.Redis", first: int) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for name in _numbered("hand", first):
            pipeline.set(name, 1)
            pipeline.sadd("hand-tag", name)
        pipeline.execute()


def _tag_set(client: "redis.Redis") -> None:
    while names := client.spop("hand-tag", 500):
        client.unlink(*names)


def _scan(client: "redis.Redis") -> None:
    found = client.scan_iter(match="hand:*", count=STEP)
    while names := [*islice(found, STEP)]:
        client.unlink(*names)
