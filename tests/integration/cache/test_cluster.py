"""A real cluster of three masters: the same promises, though an entry and its generations live on different servers."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from celeriac.cache import MISS, AsyncCache, Cache, CachePolicy, Lifetime, cached
from celeriac.cache.errors import ClientDecodes, UrlRefused

KEYS = [f"k{i}" for i in range(60)]


@pytest.fixture
def caches(cluster) -> Iterator[tuple[Cache, Cache]]:
    with redis.RedisCluster.from_url(f"redis://:sesame@{cluster.url.rpartition('@')[2].split(',')[0]}") as client:
        client.flushall(target_nodes=client.PRIMARIES)
    pair = Cache(cluster.url, policy=CachePolicy(lock_s=0.6)), Cache(cluster.url)
    yield pair
    for cache in pair:
        cache.close()


@pytest.mark.parametrize(
    "url",
    ["redis+cluster://", "redis+cluster://host:port", "redis+cluster://:secret@host:x", "redis+cluster://:secret@[::1"],
)
def test_a_url_that_names_no_node_is_refused_without_its_password(url: str):
    with pytest.raises(UrlRefused, match="names no Redis") as refusal:
        Cache(url)
    assert "secret" not in str(refusal.value)


def test_a_cluster_client_that_decodes_is_refused(cluster):
    host, port = cluster.url.rpartition("@")[2].split(",")[0].split(":")
    decoding = redis.RedisCluster(host, int(port), password="sesame", decode_responses=True)
    with decoding as client, pytest.raises(ClientDecodes):
        Cache(client)


def test_entries_are_spread_over_all_nodes_and_found(caches, cluster):
    cache, other = caches
    assert cache.set_many({key: [key] for key in KEYS}, tags=("t",)) == len(KEYS)
    assert other.get_many(KEYS, tags=("t",)) == {key: [key] for key in KEYS}
    assert other.get("k3") == ["k3"]
    for node in cluster.nodes:
        with redis.Redis.from_url(node.url().replace(node.url().split(":")[2].split("@")[0], "sesame")) as client:
            assert any(b":v:" in key for key in client.scan_iter())


@pytest.mark.parametrize("key", ["a{b}c", "}", "{}", "{x", "user:1", "x" * 500])
def test_no_key_can_part_an_entry_from_its_lock(caches, key: str):
    cache, other = caches
    assert cache.get_or_compute(key, lambda: 1) == 1
    assert other.get(key) == 1
    assert other.delete(key)
    assert cache.get(key) is MISS


def test_a_tag_and_a_namespace_are_invalidated_on_all_nodes(caches):
    cache, other = caches
    cache.set_many(dict.fromkeys(KEYS, 1), namespace="users", tags=("t",))
    cache.set_many(dict.fromkeys(KEYS, 2), namespace="jobs")
    assert other.invalidate(tags=("t",))
    assert cache.get_many(KEYS, namespace="users", tags=("t",)) == {}
    assert len(cache.get_many(KEYS, namespace="jobs")) == len(KEYS)
    assert other.invalidate(namespace="jobs")
    assert cache.get_many(KEYS, namespace="jobs") == {}


def test_a_pattern_drops_on_all_nodes(caches):
    cache, other = caches
    cache.set_many({f"user:{i}": i for i in range(300)} | {"all": 0})
    told: list[int] = []
    assert other.invalidate_matching("user:*", progress=told.append) == 300
    assert told[-1] == 300
    assert cache.get("user:7") is MISS
    assert cache.get("all") == 0


@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.invalidate(),
        lambda cache: cache.invalidate(tags=("t",)),
        lambda cache: cache.delete("a"),
        lambda cache: cache.set("a", "new", tags=("t",)),
        lambda cache: cache.invalidate_matching("a*") is not None,
    ],
    ids=["namespace", "tag", "key", "set", "pattern"],
)
def test_what_was_begun_before_an_invalidation_is_never_read_after_it(caches, forget):
    cache, other = caches
    begun, go = threading.Event(), threading.Event()

    def outdated() -> str:
        begun.set()
        go.wait(5)
        return "old"

    with ThreadPoolExecutor(1) as caller:
        computing = caller.submit(cache.get_or_compute, "a", outdated, tags=("t",))
        begun.wait(5)
        assert forget(other)
        go.set()
        assert computing.result(5) == "old"
    assert cache.get("a", tags=("t",)) in (MISS, "new")
    assert other.get_or_compute("a", lambda: "new", tags=("t",)) == "new"


def test_a_value_is_computed_once_and_a_slow_holder_keeps_its_lock(caches):
    cache, other = caches
    calls: list[int] = []

    def slow() -> int:
        calls.append(1)
        threading.Event().wait(1.0)  # longer than the lock lives by itself
        return len(calls)

    with ThreadPoolExecutor(8) as callers:
        asked = [callers.submit(one.get_or_compute, "slow", slow) for one in (cache, other) * 4]
        assert [one.result(10) for one in asked] == [1] * 8


def test_functions_statistics_and_early_refresh_work_as_on_one_server(caches):
    cache, _ = caches

    @cached(cache, key="{number}", namespace="numbers", lifetime=Lifetime(ttl_s=10, beta=1e9))
    def twice(number: int) -> int:
        calls.append(number)
        return 2 * number

    calls: list[int] = []
    assert [twice(2), twice(2)] == [4, 4]
    assert calls == [2, 2]
    assert cache.statistics()["numbers"].computations == 2
    assert twice.invalidate_all()


def test_the_local_tier_of_a_cluster_is_bounded_by_age(cluster, until):
    cache, other = Cache(cluster.url, local=True), Cache(cluster.url)
    cache.set("a", 1)
    assert [cache.get("a"), cache.get("a")] == [1, 1]
    assert cache.statistics()["default"].local_hits >= 1
    other.set("a", 2)
    until(lambda: cache.get("a") == 2, 1.5)
    cache.close(), other.close()


def test_a_cluster_works_for_coroutines(cluster, concurrently):
    async def use(cache):
        assert await cache.set_many({key: key for key in KEYS}, namespace="async") == len(KEYS)
        assert len(await cache.get_many(KEYS, namespace="async")) == len(KEYS)
        assert await cache.invalidate_matching("k*", namespace="async") == len(KEYS)

        async def compute() -> int:
            return 7

        assert await cache.get_or_compute("seven", compute) == 7
        assert await cache.get("seven") == 7
        assert await cache.delete("seven")
        assert await cache.get("seven") is MISS
        assert (await cache.statistics())["async"].deletes == len(KEYS)

    concurrently(use, url=cluster.url)


def test_a_cluster_that_is_away_does_no_harm():
    away = Cache("redis+cluster://127.0.0.1:1")
    assert away.get_or_compute("a", lambda: 1) == 1
    assert away.breaker_state == "open"
    away.close()


# What the first loop leaves open is what is tested.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_cluster_is_met_again_in_another_event_loop(caches, cluster):
    def use() -> object:
        awaited = AsyncCache(cluster.url)

        async def end() -> object:
            found = await awaited.get("loops")
            await awaited.close()
            return found

        assert asyncio.run(awaited.set("loops", 1))
        return asyncio.run(end())

    assert use() == 1
    gc.collect()
