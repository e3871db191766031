"""`AsyncCache` and `@cached` for coroutine functions: the promises of the synchronous cache, and its entries."""

import asyncio
import gc
import os
import time
from dataclasses import asdict, dataclass

import pytest
import redis

from celeriac.cache import MISS, AsyncCache, Cache, CachePolicy, Lifetime, cached, connect_async
from celeriac.cache.errors import ClientDecodes, ClientWrong, FunctionUnsuited, KeyRefused, NotJson


class Broken(Exception):
    """The function's own failure."""


async def until(holds, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.005)


def misses(cache: AsyncCache) -> int:
    return cache._spaces.get(None).tally._counts.get("misses", 0)


def test_a_synchronous_client_is_refused(redis_url: str):
    with redis.Redis.from_url(redis_url) as client, pytest.raises(ClientWrong, match="use Cache for it"):
        AsyncCache(client)


def test_a_client_that_decodes_is_refused(redis_url: str):
    with pytest.raises(ClientDecodes):
        AsyncCache(redis.asyncio.Redis.from_url(redis_url, decode_responses=True))


def test_a_function_of_the_other_kind_is_refused_at_once(cache: Cache, redis_url: str):
    with pytest.raises(FunctionUnsuited, match="is a coroutine function, which a Cache cannot serve"):

        @cached(cache)
        async def awaited() -> int: ...

    with pytest.raises(FunctionUnsuited, match="decorate it with a cache of the class Cache"):

        @cached(AsyncCache(redis_url))
        def called() -> int: ...


def test_bad_keys_and_values_are_refused_as_they_are_there(concurrently):
    async def use(cache: AsyncCache) -> None:
        with pytest.raises(KeyRefused):
            await cache.get("")
        with pytest.raises(NotJson):
            await cache.set("a", {1})

    concurrently(use)


def test_both_kinds_share_their_entries_and_their_invalidations(cache: Cache, concurrently):
    async def use(awaited: AsyncCache) -> None:
        cache.set("a", [1], tags=("t",))
        assert await awaited.get("a") == [1]
        assert await awaited.invalidate(tags=("t",))
        assert cache.get("a", tags=("t",)) is MISS
        assert await awaited.set_many({"b": 2, "c": 3}) == 2
        assert cache.get_many(["b", "c"]) == {"b": 2, "c": 3}
        assert await awaited.set("d", 4)
        assert await awaited.get_many(["b", "c", "d"]) == {"b": 2, "c": 3, "d": 4}
        cache.delete("b")
        assert await awaited.get("b", default=0) == 0
        assert await awaited.delete("c")
        assert await awaited.invalidate_matching("d*") == 1
        assert await awaited.get_many(["b", "c", "d"]) == {}

    concurrently(use)


def test_tasks_compute_once_and_each_gets_a_value_of_its_own(concurrently):
    calls = []

    async def use(cache: AsyncCache) -> list:
        async def slow() -> list:
            calls.append(1)
            await asyncio.sleep(0.1)
            return [1]

        return await asyncio.gather(*[cache.get_or_compute("slow", slow) for _ in range(32)])

    served = concurrently(use)
    assert served == [[1]] * 32
    assert len({id(value) for value in served}) == 32
    assert calls == [1]


def test_a_task_waits_for_a_threads_computation_in_another_process(cache: Cache, concurrently):
    async def use(awaited: AsyncCache) -> int:
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow() -> int:
            loop.call_soon_threadsafe(begun.set)
            time.sleep(0.6)
            return 1

        async def never() -> int:
            raise AssertionError("must not be computed")

        computing = asyncio.create_task(asyncio.to_thread(cache.get_or_compute, "a", slow))
        await begun.wait()
        found = await awaited.get_or_compute("a", never)
        await computing
        return found

    assert concurrently(use) == 1
    assert cache.statistics()["default"].waits == 1


def test_a_caller_that_is_cancelled_leaves_the_computation_to_the_next(concurrently):
    async def use(cache: AsyncCache) -> int:
        begun = asyncio.Event()

        async def hang() -> int:
            begun.set()
            await asyncio.sleep(60)
            return 0

        async def quick() -> int:
            return 1

        hanging = asyncio.create_task(cache.get_or_compute("a", hang))
        await begun.wait()
        waiting = asyncio.create_task(cache.get_or_compute("a", quick))
        await until(lambda: misses(cache) == 2)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        return await waiting

    began = time.monotonic()
    assert concurrently(use) == 1
    assert time.monotonic() - began < 3


def test_an_exception_is_the_callers_and_shared_by_those_who_wait(concurrently):
    async def use(cache: AsyncCache) -> None:
        go = asyncio.Event()

        async def fail() -> int:
            await go.wait()
            raise Broken

        asking = [asyncio.create_task(cache.get_or_compute("a", fail)) for _ in range(4)]
        await until(lambda: misses(cache) == 4)
        go.set()
        assert [type(error) for error in await asyncio.gather(*asking, return_exceptions=True)] == [Broken] * 4

    concurrently(use)


def test_a_coroutine_that_needs_its_own_value_does_not_wait_for_itself(concurrently):
    async def use(cache: AsyncCache) -> int:
        async def compute(depth: int = 0) -> int:
            return depth if depth == 2 else await cache.get_or_compute("a", lambda: compute(depth + 1))

        return await compute()

    assert concurrently(use) == 2


def test_what_was_begun_before_an_invalidation_is_never_read_after_it(cache: Cache, concurrently):
    async def use(awaited: AsyncCache) -> None:
        begun, go = asyncio.Event(), asyncio.Event()

        async def outdated() -> str:
            begun.set()
            await go.wait()
            return "old"

        async def newer() -> str:
            return "new"

        computing = asyncio.create_task(awaited.get_or_compute("a", outdated))
        await begun.wait()
        cache.invalidate()
        go.set()
        assert await computing == "old"
        assert await awaited.get_or_compute("a", newer) == "new"

    concurrently(use)


def test_near_after_and_past_its_end_an_entry_serves_as_its_lifetime_says(concurrently):
    async def use(cache: AsyncCache) -> None:
        async def value(number: int) -> int:
            return number

        async def fail() -> int:
            raise Broken

        eager = Lifetime(ttl_s=10, beta=1e9)
        assert await cache.get_or_compute("early", lambda: value(1), lifetime=eager) == 1
        assert await cache.get_or_compute("early", lambda: value(2), lifetime=eager) == 2
        brief = Lifetime(ttl_s=0.05, jitter=0, stale_s=30, beta=0)
        lasting = Lifetime(ttl_s=60, stale_s=30, beta=0)
        rescuing = Lifetime(ttl_s=0.05, jitter=0, stale_if_error_s=30)
        await cache.get_or_compute("stale", lambda: value(1), lifetime=brief)
        await cache.get_or_compute("failing", lambda: value(1), lifetime=rescuing)
        await asyncio.sleep(0.06)
        assert await cache.get_or_compute("stale", lambda: value(2), lifetime=lasting) == 1
        assert await cache.get_or_compute("failing", fail, lifetime=rescuing) == 1
        for _ in range(500):
            if await cache.get("stale") == 2:
                break
            await asyncio.sleep(0.005)
        assert await cache.get("stale") == 2
        assert (await cache.statistics())["default"].stale_hits == 2
        assert await cache.refresh("stale", lambda: value(3)) == 3

    concurrently(use)


@dataclass
class User:
    id: int


def test_a_coroutine_function_is_cached_by_its_arguments(concurrently):
    calls = []

    async def use(cache: AsyncCache) -> None:
        through_json = {"dump": asdict, "load": lambda found: User(**found)}

        @cached(cache, key="user:{user_id}", namespace="users", tags=("user:{user_id}",), **through_json)
        async def user(user_id: int) -> User:
            calls.append(user_id)
            return User(user_id)

        assert [await user(1), await user(user_id=1)] == [User(1), User(1)]
        assert user.key(1) == "user:1"
        assert user.__name__ == "user"
        assert await user.invalidate(1)
        assert await user(1) == User(1)
        assert await user.refresh(1) == User(1)
        assert await user.invalidate_all()
        assert await user(1) == User(1)
        assert await cache.invalidate(tags=("user:1",))
        assert await user(1) == User(1)
        (one,) = [one for one in await cache.function_statistics() if one.function]
        assert (one.namespace, one.hits, one.computations) == ("users", 1, 5)
        assert one.function.endswith("user")
        assert (await cache.statistics())["users"].deletes == 1

    concurrently(use)
    assert calls == [1] * 5


def test_a_silent_redis_costs_one_time_out_a_window(own_redis, concurrently, paused):
    async def use(cache: AsyncCache) -> None:
        async def compute() -> int:
            return 2

        await cache.set("a", 1)
        with paused(own_redis):
            began = time.perf_counter()
            assert await cache.get_or_compute("a", compute) == 2
            assert 0.2 < time.perf_counter() - began < 0.4
            assert cache.breaker_state == "open"
            began = time.perf_counter()
            for _ in range(100):
                assert await cache.get("a") is MISS
            assert (time.perf_counter() - began) / 100 < 0.001
            assert not await cache.invalidate()
        await until(lambda: cache.breaker_state == "half-open")
        assert await cache.get("a") is MISS

    concurrently(use, url=own_redis.url(), breaker_window_s=0.5)


def test_a_crowd_before_a_silent_redis_waits_for_one_time_out_together(own_redis, concurrently, paused):
    async def use(cache: AsyncCache) -> float:
        await cache.set("a", 1)
        with paused(own_redis):
            began = time.perf_counter()
            assert await asyncio.gather(*[cache.get("a") for _ in range(64)]) == [MISS] * 64
            return time.perf_counter() - began

    assert 0.2 < concurrently(use, url=own_redis.url(), breaker_window_s=60.0) < 3  # one by one it would be 16


# What the first loop leaves open is what is tested.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("own", [True, False], ids=["url", "client"])
def test_one_cache_serves_one_event_loop_after_another(redis_url: str, own: bool):
    client = connect_async(redis_url)
    cache = AsyncCache(redis_url if own else client, policy=CachePolicy(lock_s=0.6))

    async def use() -> int:
        async def compute() -> int:
            return 1

        return await cache.get_or_compute("a", compute)

    async def end() -> tuple[int, int]:
        found = (await cache.statistics())["default"]
        await cache.close()
        await client.aclose()
        return found.hits, found.computations

    assert asyncio.run(use()) == asyncio.run(use()) == 1
    assert asyncio.run(end()) == (1, 1)
    gc.collect()


def test_counts_reach_redis_by_themselves_and_can_be_cleared(concurrently, cache: Cache):
    async def use(awaited: AsyncCache) -> None:
        await awaited.get("a")
        await until(lambda: "default" in cache.statistics())
        assert await awaited.clear_statistics()
        await awaited.flush()

    concurrently(use, flush_every_s=0.05)
    assert cache.statistics() == {}


def test_a_forked_child_reports_its_own_counts_only(concurrently, cache: Cache):
    async def use(awaited: AsyncCache) -> None:
        await awaited.get("a")
        child = os.fork()
        if child == 0:
            awaited.after_fork()  # as the interpreter has done already: twice does no harm
            os._exit(0 if awaited._spaces.get(None).tally.take() == {} else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    concurrently(use)
    assert cache.statistics()["default"].misses == 1
