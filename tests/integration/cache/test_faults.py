"""Redis gone, silent, full or read-only: the function is called, and what was promised stays true."""

import time
from collections.abc import Callable

import pytest
import redis

from celeriac.cache import MISS, Cache
from celeriac.cache.client import connect
from celeriac.cache.envelope import Encoding
from sandbox.redis import RedisServer


def timed_ms(act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def test_a_silent_redis_costs_one_time_out_a_window(make_cache, own_redis: RedisServer, paused):
    cache = make_cache(url=own_redis.url(), breaker_window_s=60.0)
    cache.set("a", 1)
    with paused(own_redis):
        assert 200 < timed_ms(lambda: cache.get_or_compute("a", lambda: 2)) < 350
        assert cache.breaker_state == "open"
        spent_ms = sorted(timed_ms(lambda: cache.get("a")) for _ in range(200))
        assert spent_ms[100] < 0.1
        assert cache.get("a") is MISS
        assert cache.get_or_compute("a", lambda: 3) == 3
        assert not cache.set("a", 4)


def test_a_new_process_pays_no_more_for_a_silent_redis(make_cache, own_redis: RedisServer, paused):
    with paused(own_redis):
        cache = make_cache(url=own_redis.url(), breaker_window_s=60.0)
        assert 200 < timed_ms(lambda: cache.get("a")) < 350
        assert timed_ms(lambda: cache.get("a")) < 50


def test_redis_is_used_again_when_it_answers(make_cache, own_redis: RedisServer, paused, until):
    cache = make_cache(url=own_redis.url(), breaker_window_s=0.1)
    cache.set("a", 1)
    with paused(own_redis):
        cache.get("a")
    until(lambda: cache.get("a") == 1)
    assert cache.breaker_state == "closed"


def test_a_redis_that_is_gone_costs_next_to_nothing(make_cache):
    cache = make_cache(url="redis://127.0.0.1:1/0")
    assert timed_ms(lambda: cache.get("a")) < 100
    assert cache.get_or_compute("a", lambda: 1) == 1
    assert cache.get_many(["a", "b"]) == {}
    assert cache.set_many({"a": 1}) == 0
    assert not cache.delete("a")
    assert cache.invalidate_matching("a*") is None
    assert cache.refresh("a", lambda: 2) == 2
    assert cache.statistics() == {}
    assert not cache.clear_statistics()


def test_a_restarted_redis_is_found_again_without_an_error(make_cache, own_redis: RedisServer):
    cache = make_cache(url=own_redis.url(), breaker_window_s=60.0)
    cache.set("a", 1)
    own_redis.restart()
    assert cache.get_or_compute("a", lambda: 2) == 2
    assert cache.get("a") == 2
    assert cache.breaker_state == "closed"


def test_scripts_survive_a_flush(cache: Cache, redis_url: str):
    cache.set("a", 1)
    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
    assert cache.set("a", 2)
    assert cache.get("a") == 2


@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.invalidate(),
        lambda cache: cache.invalidate(tags=("t",)),
        lambda cache: cache.delete("a"),
        lambda cache: cache.invalidate_matching("a*") is not None,
    ],
    ids=["namespace", "tag", "key", "pattern"],
)
def test_an_invalidation_that_redis_missed_is_made_up_before_anything_is_read(
    make_cache, own_redis, forget, paused, until
):
    cache = make_cache(url=own_redis.url(), breaker_window_s=0.1)
    other = make_cache(url=own_redis.url())
    cache.set("a", "old", tags=("t",))
    with paused(own_redis):
        assert not forget(cache)
    until(lambda: cache.breaker_state == "half-open")
    assert cache.get("a") is MISS
    assert other.get("a") is MISS


def test_more_is_forgotten_than_can_be_remembered(make_cache, own_redis: RedisServer, paused, until):
    cache = make_cache(url=own_redis.url(), breaker_window_s=0.1, max_owed=3)
    cache.set_many({f"k{i}": i for i in range(10)})
    with paused(own_redis):
        assert not cache.delete(*[f"k{i}" for i in range(5)])
    until(lambda: cache.breaker_state == "half-open")
    assert cache.get_many([f"k{i}" for i in range(10)]) == {}


def test_a_full_redis_computes_and_stays_in_use(make_cache, own_redis: RedisServer):
    cache = make_cache(url=own_redis.url())
    cache.set("a", 1)
    with connect(own_redis.url()) as client:
        client.config_set("maxmemory", "1mb")
        assert cache.get_or_compute("b", lambda: 2) == 2
        assert not cache.set("c", 3)
        assert cache.get("a") == 1
        assert cache.breaker_state == "closed"
        client.config_set("maxmemory", "0")
    assert cache.get_or_compute("b", lambda: 4) == 4


def test_evicted_generations_never_bring_an_invalidated_entry_back(make_cache, own_redis: RedisServer):
    cache = make_cache(url=own_redis.url())
    cache.set("a", "old", tags=("t",))
    cache.invalidate(tags=("t",))
    with connect(own_redis.url()) as client:
        client.delete(*[key for key in client.scan_iter() if b":v:" not in key])
    assert cache.get("a", tags=("t",)) is MISS


def test_an_evicted_barrier_admits_no_result_from_before_a_deletion_by_pattern(cache: Cache, redis_url: str):
    def overtaken() -> str:
        cache.invalidate_matching("a*")
        with redis.Redis.from_url(redis_url) as client:
            assert client.delete("cache:b:default") == 1
        return "old"

    assert cache.get_or_compute("a", overtaken) == "old"
    assert cache.get("a") is MISS


def test_an_intact_envelope_around_what_is_no_json_is_a_miss(cache: Cache, redis_url: str):
    cache.set_many({"a": 1, "b": 2, "c": 3}, tags=("t",))
    encoding = Encoding(1_000, 3)
    with redis.Redis.from_url(redis_url) as client:
        tokens = client.get("cache:g:default") + client.get("cache:t:t")
        foreign = encoding.seal(b"{not json", ("t",), time.time() + 60, 0.0).with_tokens(tokens)
        client.set("cache:v:default:a", foreign)
        bare = encoding.seal(b"{not json", (), time.time() + 60, 0.0).with_tokens(tokens[:8])
        client.set("cache:v:default:b", bare)
    assert cache.get_many(["a", "b", "c"], tags=("t",)) == {"c": 3}
    assert cache.get("a", tags=("t",)) is MISS
    assert cache.get_or_compute("a", lambda: 5, tags=("t",)) == 5
    assert cache.statistics()["default"].errors >= 3


def test_a_function_that_lets_a_stop_iteration_out_is_heard(cache: Cache):
    with pytest.raises(StopIteration):
        cache.get_or_compute("a", lambda: next(iter([])))
    assert cache.get_or_compute("a", lambda: 1) == 1


def test_a_used_up_pool_is_no_reason_to_leave_redis_alone(redis_url: str):
    with connect(redis_url, max_connections=1) as client:
        cache = Cache(client)
        cache.set("a", 1)
        taken = client.connection_pool.get_connection()
        assert cache.get("a") is MISS
        client.connection_pool.release(taken)
        assert cache.get("a") == 1
        cache.close()


def test_counts_are_kept_until_redis_is_back_and_then_counted_once(make_cache, own_redis: RedisServer, until):
    cache = make_cache(url=own_redis.url(), breaker_window_s=0.1)
    cache.set("a", 1)
    cache.get("a")
    own_redis.process.stop()
    cache.flush()
    assert cache.get("a") is MISS
    own_redis.process.start()
    until(lambda: cache.get("b") is MISS and cache.breaker_state == "closed")
    statistics = cache.statistics()["default"]
    assert statistics.hits == 1
    assert statistics.sets == 1
    assert statistics.bypassed >= 1


@pytest.fixture
def saved_and_killed(own_redis: RedisServer) -> Callable[[], None]:
    """Bring back what is on disk now, as a machine that fails does."""

    def kill() -> None:
        own_redis.process.running.kill()
        own_redis.process.running.wait()
        own_redis.process.start()

    return kill


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_server_that_comes_back_from_disk_brings_no_invalidated_entry_back(
    make_cache, own_redis, saved_and_killed, concurrently, asynchronous
):
    cache = make_cache(url=own_redis.url())
    cache.set("a", "old", tags=("t",))
    cache.set("b", "old")
    with connect(own_redis.url()) as client:
        client.save()
    assert cache.invalidate(tags=("t",))
    assert cache.delete("b")
    cache.close()
    saved_and_killed()
    with connect(own_redis.url()) as client:
        assert client.exists("cache:v:default:a", "cache:v:default:b") == 2
    if asynchronous:

        async def use(awaited):
            return await awaited.get_many(["a", "b"], tags=("t",)) or await awaited.get("b", default={})

        assert concurrently(use, url=own_redis.url()) == {}
    assert make_cache(url=own_redis.url()).get("a", tags=("t",)) is MISS
    assert cache.get("b") is MISS
    assert cache.get_or_compute("a", lambda: "new", tags=("t",)) == "new"
    assert cache.get("a") == "new"


def test_a_connection_that_was_open_over_a_restart_vouches_too(make_cache, own_redis, saved_and_killed):
    cache, other = make_cache(url=own_redis.url()), make_cache(url=own_redis.url())
    cache.set("a", "old")
    assert other.get("a") == "old"
    with connect(own_redis.url()) as client:
        client.save()
    assert cache.invalidate()
    saved_and_killed()
    assert other.get("a") is MISS


def test_a_new_connection_to_the_same_server_drops_nothing(make_cache, redis_url: str):
    make_cache().set("a", 1)
    for _ in range(3):
        assert make_cache().get("a") == 1


def test_a_client_with_a_greeting_of_its_own_keeps_it(own_redis: RedisServer):
    greeted = []

    def greet(connection) -> None:
        connection.on_connect()
        greeted.append(1)

    with redis.Redis.from_url(own_redis.url(), redis_connect_func=greet) as client:
        for _ in range(2):
            cache = Cache(client)
            assert cache.set("a", 1)
            assert cache.get("a") == 1
            cache.close()
        assert client.exists("cache:r") == 1
    assert greeted


def test_a_user_who_may_not_see_restarts_is_told_so(own_redis: RedisServer, caplog):
    with redis.Redis.from_url(own_redis.url()) as client:
        client.execute_command("ACL", "SETUSER", "plain", "on", "nopass", "~*", "&*", "+@all", "-info")
    cache = Cache(f"redis://plain:any@{own_redis.url().rpartition('@')[2]}")
    assert cache.set("a", 1)
    assert cache.get("a") == 1
    cache.close()
    assert "lets the cache not see its restarts" in caplog.text
