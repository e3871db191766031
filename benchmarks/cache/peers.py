"""The libraries, each as far as it can do what is measured, and set up as its own documentation says."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson
import redis
import zstandard

from benchmarks.cache.row import p50_us
from benchmarks.cache.values import SMALL
from celeriac.cache import AsyncCache, Cache, cached

LOOP = asyncio.new_event_loop()
Measure = Callable[[Callable[[], Any], int], float]


@dataclass
class Peer:
    """One library."""

    name: str
    get: Callable[[str], Any]
    set: Callable[[str, Any], Any]
    get_many: Callable[[list[str]], Any] | None = None
    decorated: Callable[[int], Any] | None = None
    measure: Measure = p50_us


def awaited_p50_us(act: Callable[[], Any], times: int) -> float:
    """Return the median time of a coroutine function."""

    async def run() -> float:
        spent = []
        for _ in range(times):
            began = time.perf_counter_ns()
            await act()
            spent.append(time.perf_counter_ns() - began)
        return median(spent) / 1000

    return LOOP.run_until_complete(run())


def end() -> None:
    """End what the libraries still run."""
    tasks = asyncio.all_tasks(LOOP)
    for task in tasks:
        task.cancel()
    if tasks:
        LOOP.run_until_complete(asyncio.wait(tasks))


def made(makers: Iterable[Callable[[str], Peer]], url: str) -> list[Peer]:
    """Return those peers that are installed."""
    peers = []
    for make in makers:
        try:
            peers.append(make(url))
        except ImportError as missing:
            print(f"left out: {make.__name__} ({missing})")
    return peers


def celeriac(url: str, *, local: bool = False) -> Peer:
    """Return ours, for threads."""
    cache = Cache(url, local=local)

    @cached(cache, ttl=600, key="user:{user_id}", namespace="users")
    def user(user_id: int) -> Any:
        return SMALL if user_id else []

    return Peer("celeriac", cache.get, lambda key, value: cache.set(key, value, ttl_s=600), cache.get_many, user)


def celeriac_async(url: str, *, local: bool = False) -> Peer:
    """Return ours, for coroutines."""
    cache = AsyncCache(url, local=local)

    @cached(cache, ttl=600, key="user:{user_id}", namespace="users")
    async def user(user_id: int) -> Any:
        return SMALL if user_id else []

    def put(key: str, value: Any) -> None:
        LOOP.run_until_complete(cache.set(key, value, ttl_s=600))

    return Peer("celeriac async", cache.get, put, cache.get_many, user, awaited_p50_us)


def plain(url: str) -> Peer:
    """Return what a careful programmer would write by hand."""
    client = redis.Redis.from_url(url)
    return Peer(
        "redis-py + orjson",
        lambda key: orjson.loads(client.get(key)),
        lambda key, value: client.set(key, orjson.dumps(value), ex=600),
        lambda keys: [orjson.loads(value) for value in client.mget(keys)],
    )


def plain_zstd(url: str) -> Peer:
    """Return the same, compressed."""
    client = redis.Redis.from_url(url)
    packer, unpacker = zstandard.ZstdCompressor(level=3), zstandard.ZstdDecompressor()
    return Peer(
        "redis-py + orjson + zstd",
        lambda key: orjson.loads(unpacker.decompress(client.get(key))),
        lambda key, value: client.set(key, packer.compress(orjson.dumps(value)), ex=600),
    )


def plain_async(url: str) -> Peer:
    """Return the same by hand for coroutines."""
    client = redis.asyncio.Redis.from_url(url)

    async def get(key: str) -> Any:
        return orjson.loads(await client.get(key))

    async def get_many(keys: list[str]) -> Any:
        return [orjson.loads(value) for value in await client.mget(keys)]

    def put(key: str, value: Any) -> None:
        LOOP.run_until_complete(client.set(key, orjson.dumps(value), ex=600))

    return Peer("redis.asyncio + orjson", get, put, get_many, None, awaited_p50_us)


def dogpile(url: str) -> Peer:
    """Return dogpile.cache with its lock in Redis."""
    from dogpile.cache import make_region

    region = make_region(serializer=lambda value: orjson.dumps(value), deserializer=orjson.loads)
    options = {"url": url, "distributed_lock": True, "thread_local_lock": False}
    region.configure("dogpile.cache.redis", expiration_time=600, arguments=options)

    @region.cache_on_arguments(namespace="users")
    def user(user_id: int) -> Any:
        return SMALL if user_id else []

    return Peer("dogpile.cache", region.get, region.set, region.get_multi, user)


def django(url: str) -> Peer:
    """Return django-redis with its JSON serializer."""
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django_redis.cache import RedisCache

    options = {"OPTIONS": {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}}
    cache = RedisCache(url, options)
    return Peer("django-redis", cache.get, lambda key, value: cache.set(key, value, 600), cache.get_many)


def cashews(url: str, *, client_side: bool = False) -> Peer:
    """Return cashews, with its client side if asked."""
    from cashews import Cache as Cashews

    cache = Cashews()
    cache.setup(url, pickle_type="json", client_side=client_side)

    @cache(ttl="10m", key="user:{user_id}")
    async def user(user_id: int) -> Any:
        return SMALL if user_id else []

    def put(key: str, value: Any) -> None:
        LOOP.run_until_complete(cache.set(key, value, expire="10m"))

    name = "cashews, client side" if client_side else "cashews"
    return Peer(name, cache.get, put, lambda keys: cache.get_many(*keys), user, awaited_p50_us)


def aiocache(url: str) -> Peer:
    """Return aiocache with its JSON serializer."""
    from aiocache import Cache as Aiocache
    from aiocache.serializers import JsonSerializer

    host, port = url.rpartition("@")[2].split("/")[0].split(":")
    password = url.split(":")[2].split("@")[0] if "@" in url else None
    cache = Aiocache(Aiocache.REDIS, endpoint=host, port=int(port), password=password, serializer=JsonSerializer())

    def put(key: str, value: Any) -> None:
        LOOP.run_until_complete(cache.set(key, value, ttl=600))

    return Peer("aiocache", cache.get, put, cache.multi_get, None, awaited_p50_us)
