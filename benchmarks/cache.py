"""The cache beside its peers, in one run: `python -m benchmarks.cache`, or `make bench-cache`.

Each round measures every library in turn, so that a busy moment of the machine hits all of them; a figure is the median
of the rounds' medians. Peers that are not installed are left out:
pip install dogpile.cache cashews aiocache django-redis hiredis. Writes results/cache.json.
"""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import redis
import zstandard

from celeriac.cache import Cache, cached, connect
from sandbox.redis import RedisServer, redis_server
from sandbox.state import state_folder

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
RESULTS = Path(__file__).parent / "results" / "cache.json"
SMALL = [{"id": i, "email": f"user{i}@example.com", "role": "editor", "score": i * 1.5} for i in range(14)]


def _big() -> list[dict[str, Any]]:
    choose = random.Random(1)
    statuses = ("completed", "failed", "pending")
    return [
        {"id": i, "status": choose.choice(statuses), "url": f"https://example.com/{choose.random()}", "score": i * 1.5}
        for i in range(1_100)
    ]


BIG = _big()
MANY = {f"many:{i}": SMALL for i in range(100)}


@dataclass
class Peer:
    """One library, as far as it can do what is measured."""

    name: str
    get: Callable[[str], Any]
    set: Callable[[str, Any], Any]
    get_many: Callable[[list[str]], Any] | None = None
    decorated: Callable[[int], Any] | None = None
    measure: Callable[[Callable[[], Any], int], float] = field(default=lambda act, times: _p50_us(act, times))


def _p50_us(act: Callable[[], Any], times: int) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter_ns()
        act()
        spent.append(time.perf_counter_ns() - began)
    return median(spent) / 1000


def _ours(url: str) -> Peer:
    cache = Cache(url)

    @cached(cache, ttl=600, key="user:{user_id}", namespace="users")
    def user(user_id: int) -> Any:
        return SMALL if user_id else []

    return Peer(
        "celeriac",
        cache.get,
        lambda key, value: cache.set(key, value, ttl_s=600),
        cache.get_many,
        user,
    )


def _plain(url: str) -> Peer:
    client = redis.Redis.from_url(url)
    return Peer(
        "redis-py + orjson",
        lambda key: orjson.loads(client.get(key)),
        lambda key, value: client.set(key, orjson.dumps(value), ex=600),
        lambda keys: [orjson.loads(value) for value in client.mget(keys)],
    )


def _plain_zstd(url: str) -> Peer:
    client = redis.Redis.from_url(url)
    packer, unpacker = zstandard.ZstdCompressor(level=3), zstandard.ZstdDecompressor()
    return Peer(
        "redis-py + orjson + zstd",
        lambda key: orjson.loads(unpacker.decompress(client.get(key))),
        lambda key, value: client.set(key, packer.compress(orjson.dumps(value)), ex=600),
    )


def _dogpile(url: str) -> Peer:
    from dogpile.cache import make_region

    region = make_region(serializer=lambda value: orjson.dumps(value), deserializer=orjson.loads)
    options = {"url": url, "distributed_lock": True, "thread_local_lock": False}
    region.configure("dogpile.cache.redis", expiration_time=600, arguments=options)

    @region.cache_on_arguments(namespace="users")
    def user(user_id: int) -> Any:
        return SMALL if user_id else []

    return Peer("dogpile.cache", region.get, region.set, region.get_multi, user)


def _django(url: str) -> Peer:
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django_redis.cache import RedisCache

    options = {"OPTIONS": {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}}
    cache = RedisCache(url, options)
    return Peer("django-redis", cache.get, lambda key, value: cache.set(key, value, 600), cache.get_many)


def _asynchronous(act: Callable[[], Any], times: int) -> float:
    async def run() -> float:
        spent = []
        for _ in range(times):
            began = time.perf_counter_ns()
            await act()
            spent.append(time.perf_counter_ns() - began)
        return median(spent) / 1000

    return LOOP.run_until_complete(run())


def _cashews(url: str) -> Peer:
    from cashews import Cache as Cashews

    cache = Cashews()
    cache.setup(url, pickle_type="json")

    @cache(ttl="10m", key="user:{user_id}")
    async def user(user_id: int) -> Any:
        return SMALL if user_id else []

    return Peer(
        "cashews",
        cache.get,
        lambda key, value: LOOP.run_until_complete(cache.set(key, value, expire="10m")),
        lambda keys: cache.get_many(*keys),
        user,
        _asynchronous,
    )


def _aiocache(url: str) -> Peer:
    from aiocache import Cache as Aiocache
    from aiocache.serializers import JsonSerializer

    host, port = url.rpartition("@")[2].split("/")[0].split(":")
    password = url.split(":")[2].split("@")[0] if "@" in url else None
    cache = Aiocache(Aiocache.REDIS, endpoint=host, port=int(port), password=password, serializer=JsonSerializer())
    return Peer(
        "aiocache",
        cache.get,
        lambda key, value: LOOP.run_until_complete(cache.set(key, value, ttl=600)),
        cache.multi_get,
        None,
        _asynchronous,
    )


PEERS = (_ours, _plain, _plain_zstd, _dogpile, _cashews, _django, _aiocache)
LOOP = asyncio.new_event_loop()


def lookups(url: str) -> Iterator[dict[str, Any]]:
    """Measure hits of three kinds and the decorator, all libraries in turn."""
    peers = [peer for make in PEERS if (peer := _made(make, url)) is not None]
    for number, peer in enumerate(peers):
        # Several libraries use a key as it is given.
        peer.set(f"{number}:small", SMALL)
        peer.set(f"{number}:big", BIG)
        for key, value in MANY.items():
            peer.set(f"{number}:{key}", value)
        if peer.decorated is not None:
            peer.measure(partial(peer.decorated, 1), 1)
    figures: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS):
        for number, peer in enumerate(peers):
            small, big, many = f"{number}:small", f"{number}:big", [f"{number}:{key}" for key in MANY]
            acts = {
                "hit of 1 KB": (partial(peer.get, small), 1_000),
                "hit of 100 KB": (partial(peer.get, big), 200),
            }
            if peer.get_many is not None:
                acts["100 keys at once"] = (partial(peer.get_many, many), 60)
            if peer.decorated is not None:
                acts["decorated hit"] = (partial(peer.decorated, 1), 1_000)
            for case, (act, times) in acts.items():
                figures.setdefault(case, {}).setdefault(peer.name, []).append(peer.measure(act, times))
    for case, by_peer in figures.items():
        medians = {name: round(median(rounds), 1) for name, rounds in by_peer.items()}
        yield _row(case, medians, "µs, p50")
    yield _row("decorator's own cost", _decorator_cost(peers), "µs, p50")
    client = redis.Redis.from_url(url)
    yield {
        "case": "stored for 100 KB of JSON",
        "ours": client.strlen("cache:v:default:0:big"),
        "anchors": {"redis-py + orjson": len(orjson.dumps(BIG))},
        "unit": "bytes",
    }


def _decorator_cost(peers: list[Peer]) -> dict[str, float]:
    """Return the decorated hit less the plain one, by turns: apart, the machine's moods would be all that is seen."""
    costs = {}
    for number, peer in enumerate(peers):
        if peer.decorated is not None:
            plain, decorated = partial(peer.get, f"{number}:small"), partial(peer.decorated, 1)
            pairs = [(peer.measure(plain, 1), peer.measure(decorated, 1)) for _ in range(1_000)]
            costs[peer.name] = round(median(two for _, two in pairs) - median(one for one, _ in pairs), 1)
    return costs


def _row(case: str, medians: dict[str, float], unit: str) -> dict[str, Any]:
    return {"case": case, "ours": medians.pop("celeriac"), "anchors": medians, "unit": unit}


def _made(make: Callable[[str], Peer], url: str) -> Peer | None:
    try:
        return make(url)
    except ImportError as missing:
        print(f"left out: {make.__name__.strip('_')} ({missing})")
        return None


def stampede(url: str) -> Iterator[dict[str, Any]]:
    """32 callers in 4 processes want one value of 200 ms: how often it is computed, and how long the slowest waits."""
    rounds = [_stampede(url, number) for number in range(ROUNDS)]
    yield {
        "case": "computations for 32 callers in 4 processes",
        "ours": max(computed for computed, _ in rounds),
        "anchors": {"dogpile.cache, Redis lock (measured before)": 1, "cashews (measured before)": 1},
        "unit": "computations, most of all rounds",
    }
    yield {
        "case": "slowest of 32 callers, 200 ms of work",
        "ours": round(median(slowest for _, slowest in rounds), 1),
        "anchors": {"dogpile.cache, Redis lock (measured before)": 433, "cashews (measured before)": 263},
        "unit": "ms, median of rounds",
    }


def _stampede(url: str, number: int) -> tuple[int, float]:
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(4), fork.Queue()
    workers = [fork.Process(target=_eight_callers, args=(url, number, start, answers)) for _ in range(4)]
    for worker in workers:
        worker.start()
    slowest = max(answers.get(timeout=30) for _ in workers)
    for worker in workers:
        worker.join()
    return int(redis.Redis.from_url(url).get(f"computed:{number}")), slowest


def _eight_callers(url: str, number: int, start: Any, answers: Any) -> None:
    cache, client = Cache(connect(url, timeout_s=2.0)), redis.Redis.from_url(url)
    cache.get("warm the connection")

    def compute() -> int:
        client.incr(f"computed:{number}")
        time.sleep(0.2)
        return 1

    def call(_: int) -> float:
        began = time.perf_counter()
        cache.get_or_compute(f"stampede:{number}", compute)
        return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(8) as callers:
        [*callers.map(lambda _: time.sleep(0.01), range(8))]
        start.wait(20)
        answers.put(max(callers.map(call, range(8))))
    cache.close()


def invalidation(url: str) -> Iterator[dict[str, Any]]:
    """Invalidate 10,000 of 100,000 keys by tag and by pattern; the tag's figure includes a reader's next look."""
    cache, reader = Cache(url), Cache(url)
    by_tag, by_pattern = [], []
    for _ in range(3):
        for first in range(0, 90_000, 1_000):
            cache.set_many({f"other:{i}": 1 for i in range(first, first + 1_000)}, namespace="large")
        for first in range(0, 10_000, 1_000):
            values = {f"tagged:{i}": 1 for i in range(first, first + 1_000)}
            cache.set_many(values, namespace="large", tags=("t",))
        reader.get("tagged:1", namespace="large")
        began = time.perf_counter()
        cache.invalidate(tags=("t",))
        seen = reader.get("tagged:1", namespace="large", default=None)
        by_tag.append((time.perf_counter() - began) * 1000)
        assert seen is None
        began = time.perf_counter()
        cache.invalidate_matching("tagged:*", namespace="large")
        by_pattern.append((time.perf_counter() - began) * 1000)
    anchors = {"cashews tags (measured before)": 127, "tag set in Redis (measured before)": 50}
    yield {
        "case": "invalidate 10,000 of 100,000 by tag, and look",
        "ours": round(median(by_tag), 2),
        "anchors": anchors,
        "unit": "ms",
    }
    yield {
        "case": "invalidate 10,000 of 100,000 by pattern",
        "ours": round(median(by_pattern), 1),
        "anchors": {"SCAN and UNLINK (measured before)": 108, "django-redis (measured before)": 164},
        "unit": "ms",
    }


def silence(server: RedisServer) -> Iterator[dict[str, Any]]:
    """Stop the server's process: what the first and the following lookups cost."""
    cache = Cache(server.url())
    cache.set("small", SMALL)
    with _paused(server):
        first = _p50_us(lambda: cache.get("small"), 1) / 1000
        after = _p50_us(lambda: cache.get("small"), 1_000) / 1000
    anchors = {
        "redis-py, dogpile.cache, django-redis, aiocache (measured before)": 5_000,
        "cashews (measured before)": 1_000,
    }
    yield {"case": "silent Redis, first lookup", "ours": round(first, 1), "anchors": anchors, "unit": "ms"}
    yield {"case": "silent Redis, each later lookup", "ours": round(after, 4), "anchors": anchors, "unit": "ms"}


@contextmanager
def _paused(server: RedisServer) -> Iterator[None]:
    assert server.process is not None
    assert server.process.running is not None
    os.kill(server.process.running.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.running.pid, signal.SIGCONT)


def main() -> None:
    """Run every case on a private Redis and write the table."""
    rows = []
    own = {name: value for name, value in os.environ.items() if not name.startswith("CELERIAC_")}
    with state_folder() as state, redis_server(state, environ=own) as server:
        for measure in (stampede, lookups, invalidation):
            rows += _told(measure(server.url()))
        rows += _told(silence(server))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with suppress(RuntimeError):
        LOOP.close()


def _told(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    told = []
    for row in rows:
        anchors = ", ".join(f"{name} {figure}" for name, figure in row["anchors"].items())
        print(f"{row['case']}: {row['ours']} {row['unit']} ({anchors})")
        told.append(row)
    return told


if __name__ == "__main__":
    main()
