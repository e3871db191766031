"""Storing, finding and forgetting."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from celeriac.cache import MISS, Cache, Lifetime
from celeriac.cache.errors import (
    ClientDecodes,
    ClientUnsupported,
    ClientWrong,
    KeyRefused,
    LifetimeRefused,
    NameRefused,
    NotJson,
    PatternRefused,
)

VALUE = {"email": "ada@example.com", "scores": [1, 2.5, None], "role": "admin"}


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", {1: "a"}, math.nan, 2**70, object(), {"deep": [{"x": math.inf}]}])
def test_what_is_not_json_is_refused(cache: Cache, value: object):
    with pytest.raises(NotJson):
        cache.set("key", value)
    assert cache.get("key") is MISS


def test_a_refusal_names_the_place(cache: Cache):
    with pytest.raises(NotJson, match=r"A set at the value\['rows'\]\[1\] cannot be cached"):
        cache.set("key", {"rows": [1, {2}]})


@pytest.mark.parametrize("key", ["", None, 5])
def test_a_key_is_a_text(cache: Cache, key: object):
    with pytest.raises(KeyRefused):
        cache.get(key)


def test_a_colon_in_a_namespace_is_refused(cache: Cache):
    with pytest.raises(NameRefused):
        cache.get("key", namespace="a:b")


@pytest.mark.parametrize("ttl_s", [0, -1, math.nan])
def test_a_ttl_that_makes_no_sense_is_refused(cache: Cache, ttl_s: float):
    with pytest.raises(LifetimeRefused):
        cache.set("key", 1, ttl_s=ttl_s)


def test_a_client_that_decodes_is_refused(redis_url: str):
    with pytest.raises(ClientDecodes):
        Cache(redis.Redis.from_url(redis_url, decode_responses=True))


@pytest.mark.parametrize("client", [object(), None, 5])
def test_what_is_no_client_is_refused(client: object):
    with pytest.raises(ClientUnsupported, match=r"cannot carry the cache: give a URL"):
        Cache(client)


def test_a_pipeline_is_refused(redis_url: str):
    with redis.Redis.from_url(redis_url) as client, pytest.raises(ClientUnsupported, match="A Pipeline cannot carry"):
        Cache(client.pipeline())


def test_an_asynchronous_client_is_refused(redis_url: str):
    with pytest.raises(ClientWrong, match="use AsyncCache for it"):
        Cache(redis.asyncio.Redis.from_url(redis_url))


def test_an_empty_pattern_is_refused(cache: Cache):
    with pytest.raises(PatternRefused):
        cache.invalidate_matching("")


def test_what_is_set_is_found_by_every_process(cache: Cache, other: Cache):
    assert cache.set("user:1", VALUE)
    assert other.get("user:1") == VALUE


def test_a_cached_none_is_no_miss(cache: Cache):
    cache.set("nobody", None)
    assert cache.get("nobody") is None
    assert cache.get("somebody") is MISS
    assert not MISS
    assert cache.get("somebody", default=7) == 7


def test_a_large_value_is_stored_compressed(cache: Cache, redis_url: str):
    rows = [{"id": i, "status": "completed", "url": f"https://example.com/{i}"} for i in range(2_000)]
    cache.set("rows", rows)
    with redis.Redis.from_url(redis_url) as client:
        assert client.strlen("cache:v:default:rows") < 20_000
    assert cache.get("rows") == rows


def test_a_value_above_the_limit_is_not_stored(make_cache):
    cache = make_cache(max_value_bytes=1_000, compress_above_bytes=10_000_000)
    assert not cache.set("large", "x" * 2_000)
    assert cache.get_or_compute("large", lambda: "x" * 2_000) == "x" * 2_000
    assert cache.get("large") is MISS
    assert cache.statistics()["default"].too_large == 2


def test_many_are_stored_and_found_together(cache: Cache, other: Cache):
    assert cache.set_many({f"k{i}": i for i in range(100)}) == 100
    assert other.get_many([f"k{i}" for i in range(50, 150)]) == {f"k{i}": i for i in range(50, 100)}


def test_an_entry_ends_within_its_ttl_and_its_jitter(cache: Cache, redis_url: str):
    cache.set_many({f"k{i}": i for i in range(50)}, ttl_s=100)
    with redis.Redis.from_url(redis_url) as client:
        left_ms = [client.pttl(f"cache:v:default:k{i}") for i in range(50)]
    assert all(88_000 < left <= 100_000 for left in left_ms)
    assert len(set(left_ms)) > 25


def test_nothing_of_ours_is_without_ttl(cache: Cache, redis_url: str):
    cache.set("a", 1, tags=("t",))
    cache.get_or_compute("b", lambda: 2, tags=("u",))
    cache.invalidate_matching("a*")
    cache.statistics()
    with redis.Redis.from_url(redis_url) as client:
        assert {key for key in client.scan_iter() if client.ttl(key) < 0} == set()


def test_a_deleted_entry_is_gone_for_every_process(cache: Cache, other: Cache):
    cache.set_many({"a": 1, "b": 2, "c": 3})
    assert other.delete("a", "b")
    assert cache.get_many("abc") == {"c": 3}


def test_a_namespace_is_invalidated_as_a_whole_and_alone(cache: Cache, other: Cache):
    for namespace in ("users", "jobs"):
        cache.set("1", VALUE, namespace=namespace)
    assert other.invalidate(namespace="users")
    assert cache.get("1", namespace="users") is MISS
    assert cache.get("1", namespace="jobs") == VALUE


def test_a_tag_is_invalidated_across_namespaces(cache: Cache, other: Cache):
    cache.set("1", VALUE, namespace="users", tags=("user:1", "users"))
    cache.set("1", [1, 2], namespace="jobs", tags=("user:1",))
    cache.set("2", [3], namespace="jobs", tags=("user:2",))
    assert other.invalidate(tags=("user:1",))
    assert cache.get("1", namespace="users") is MISS
    assert cache.get("1", namespace="jobs") is MISS
    assert cache.get("2", namespace="jobs") == [3]


def test_tags_hold_for_a_reader_that_does_not_know_them(cache: Cache, other: Cache):
    cache.set("a", 1, tags=("t", "u"))
    assert other.get("a") == 1
    cache.invalidate(tags=("u",))
    assert other.get("a") is MISS
    cache.set("a", 2)
    assert other.get("a") == 2


def test_many_are_read_under_their_tags(cache: Cache, other: Cache):
    cache.set_many({"a": 1, "b": 2}, tags=("t",))
    assert other.get_many(["a", "b"], tags=("t",)) == {"a": 1, "b": 2}
    cache.invalidate(tags=("t",))
    assert other.get_many(["a", "b"], tags=("t",)) == {}


def test_a_lost_generation_makes_its_entries_unreadable(cache: Cache, redis_url: str):
    cache.set("a", 1)
    with redis.Redis.from_url(redis_url) as client:
        client.delete("cache:g:default")
    assert cache.get("a") is MISS
    cache.set("b", 2)
    assert cache.get("a") is MISS
    assert cache.get("b") == 2


def test_a_pattern_drops_what_matches_in_its_namespace(cache: Cache, other: Cache):
    for namespace in ("users", "jobs"):
        cache.set_many({f"user:{i}": i for i in range(1_500)} | {"all": 0}, namespace=namespace)
    told = []
    assert other.invalidate_matching("user:*", namespace="users", progress=told.append) == 1_500
    assert told == [1_000, 1_500]
    assert cache.get("user:3", namespace="users") is MISS
    assert cache.get("all", namespace="users") == 0
    assert cache.get("user:3", namespace="jobs") == 3


def test_a_hit_is_one_round_trip(cache: Cache, redis_url: str):
    cache.set("a", 1, tags=("t", "u"))
    with redis.Redis.from_url(redis_url) as client:
        before = client.info("commandstats")
        for _ in range(10):
            assert cache.get("a") == 1
        after = client.info("commandstats")
    calls = {name: after[name]["calls"] - before.get(name, {}).get("calls", 0) for name in after}
    assert {name: count for name, count in calls.items() if count and name != "cmdstat_info"} == {"cmdstat_mget": 10}


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: raw[:20], lambda raw: b"\x80\x04pickle" + raw])
def test_a_damaged_or_foreign_entry_is_a_miss(cache: Cache, redis_url: str, damage):
    cache.set("a", VALUE)
    with redis.Redis.from_url(redis_url) as client:
        client.set("cache:v:default:a", damage(client.get("cache:v:default:a")))
    assert cache.get("a") is MISS
    assert cache.get_or_compute("a", lambda: 5) == 5
    assert cache.get("a") == 5


def test_no_flipped_byte_gives_a_wrong_value(cache: Cache, redis_url: str):
    cache.set("a", VALUE, tags=("t",))
    with redis.Redis.from_url(redis_url) as client:
        raw = client.get("cache:v:default:a")
        for position in range(len(raw)):
            client.set("cache:v:default:a", raw[:position] + bytes([raw[position] ^ 0x11]) + raw[position + 1 :])
            assert cache.get("a") in (MISS, VALUE)


def test_a_key_of_another_type_is_a_miss(cache: Cache, redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        client.lpush("cache:v:default:a", 1)
    assert cache.get("a") is MISS
    assert cache.get_or_compute("a", lambda: 5) == 5


def test_a_policy_with_a_senseless_lifetime_is_refused(make_cache):
    with pytest.raises(LifetimeRefused, match="jitter=1"):
        make_cache(lifetime=Lifetime(jitter=1.0))


def test_many_are_found_whatever_tags_each_is_under(cache: Cache, other: Cache):
    cache.set("a", 1, tags=("t",))
    cache.set("b", 2)
    cache.set("gone", 3, tags=("u",))
    cache.invalidate(tags=("u",))
    assert other.get_many(["a", "b", "gone"]) == {"a": 1, "b": 2}


def test_many_survive_a_damaged_one(cache: Cache, redis_url: str):
    cache.set_many({"a": 1, "b": 2})
    with redis.Redis.from_url(redis_url) as client:
        client.set("cache:v:default:a", b"foreign")
    assert cache.get_many(["a", "b"]) == {"b": 2}


def test_a_client_that_does_things_of_its_own_is_asked_through_them(redis_url: str):
    class Counting(redis.Redis):
        asked = 0

        def execute_command(self, *words, **options):
            Counting.asked += words[0] == "MGET"
            return super().execute_command(*words, **options)

    with Counting.from_url(redis_url) as client:
        cache = Cache(client)
        cache.set("a", 1)
        assert cache.get("a") == 1
        assert Counting.asked == 1
        cache.close()


def test_many_threads_read_side_by_side(cache: Cache):
    cache.set_many({f"k{i}": i for i in range(20)})
    with ThreadPoolExecutor(20) as readers:
        assert [*readers.map(lambda i: cache.get(f"k{i % 20}"), range(400))] == [i % 20 for i in range(400)]
