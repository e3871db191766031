"""One computation, whoever asks; and what happens when it fails, hangs, or is overtaken."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from celeriac.cache import MISS, Cache, CachePolicy, Lifetime, connect
from celeriac.cache.completion import completed

FORK = multiprocessing.get_context("fork")
SPAWN = multiprocessing.get_context("spawn")


class Broken(Exception):
    """The function's own failure."""


def until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.002)


def slowly(client: redis.Redis, seconds: float = 0.2) -> Callable[[], int]:
    """Return a function that counts its calls in Redis."""

    def compute() -> int:
        number = int(client.incr("computed"))
        time.sleep(seconds)
        return number

    return compute


def eight_callers(url: str, start: object, answers: object) -> None:
    # A patient client: on a busy machine 250 ms may pass, and what is tested here is not the breaker.
    cache, client = Cache(connect(url, timeout_s=5.0)), redis.Redis.from_url(url)
    start.wait(10)

    def call(_: int) -> tuple[int, float]:
        began = time.perf_counter()
        return cache.get_or_compute("slow", slowly(client)), time.perf_counter() - began

    with ThreadPoolExecutor(8) as callers:
        answers.put(list(callers.map(call, range(8))))
    cache.close()


def test_32_callers_in_4_processes_compute_once(cache: Cache, redis_url: str):
    start, answers = FORK.Barrier(4), FORK.Queue()
    processes = [FORK.Process(target=eight_callers, args=(redis_url, start, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    served = [answer for _ in processes for answer in answers.get(timeout=20)]
    for process in processes:
        process.join(10)
    assert [value for value, _ in served] == [1] * 32
    assert max(seconds for _, seconds in served) < 2.0
    statistics = cache.statistics()["default"]
    assert statistics.computations == 1
    assert statistics.hits + statistics.misses >= 32


def compute_and_hang(url: str, begun: object) -> None:
    def hang() -> int:
        begun.set()
        time.sleep(60)
        return 0

    Cache(url, policy=CachePolicy(lock_s=0.6)).get_or_compute("slow", hang)


def test_a_killed_holder_holds_nobody_up_longer_than_its_lock(make_cache, redis_url: str):
    begun = FORK.Event()
    holder = FORK.Process(target=compute_and_hang, args=(redis_url, begun))
    holder.start()
    assert begun.wait(10)
    # Longer than the lock: a holder that lives renews it.
    cache = make_cache(lock_s=0.6)
    with ThreadPoolExecutor(1) as waiter:
        waiting = waiter.submit(cache.get_or_compute, "slow", lambda: 7)
        time.sleep(1.0)
        assert not waiting.done()
        os.kill(holder.pid, signal.SIGKILL)
        killed = time.monotonic()
        assert waiting.result(timeout=5) == 7
    assert time.monotonic() - killed < 1.5
    holder.join(5)


def test_an_exception_is_the_callers_and_is_not_cached(cache: Cache):
    def fail() -> int:
        raise Broken

    with pytest.raises(Broken):
        cache.get_or_compute("a", fail)
    assert cache.get_or_compute("a", lambda: 1) == 1


def test_threads_that_wait_for_a_failure_share_it(cache: Cache):
    begun, go, calls = threading.Event(), threading.Event(), []

    def fail() -> int:
        calls.append(1)
        begun.set()
        go.wait(5)
        raise Broken

    with ThreadPoolExecutor(4) as callers:
        first = callers.submit(cache.get_or_compute, "a", fail)
        begun.wait(5)
        others = [callers.submit(cache.get_or_compute, "a", fail) for _ in range(3)]
        until(lambda: cache._spaces.get(None).tally._counts.get("misses") == 4)
        go.set()
        assert all(isinstance(call.exception(5), Broken) for call in [first, *others])
    assert len(calls) <= 4


def test_a_process_that_waits_for_a_failure_computes_itself(cache: Cache, other: Cache):
    begun, go = threading.Event(), threading.Event()

    def fail() -> int:
        begun.set()
        go.wait(5)
        raise Broken

    with ThreadPoolExecutor(2) as callers:
        failing = callers.submit(cache.get_or_compute, "a", fail)
        begun.wait(5)
        waiting = callers.submit(other.get_or_compute, "a", lambda: 2)
        until(lambda: other._spaces.get(None).tally._counts.get("waits"))
        go.set()
        assert isinstance(failing.exception(5), Broken)
        assert waiting.result(5) == 2


def test_a_function_that_needs_its_own_value_does_not_wait_for_itself(cache: Cache):
    def compute(depth: int) -> int:
        return depth if depth == 2 else cache.get_or_compute("a", lambda: compute(depth + 1))

    assert compute(0) == 2


def test_a_computed_value_has_the_form_it_will_come_back_in(cache: Cache):
    first = cache.get_or_compute("a", lambda: {"pair": (1, 2)})
    assert first == cache.get("a") == {"pair": [1, 2]}


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
def test_what_was_begun_before_an_invalidation_is_never_read_after_it(cache: Cache, other: Cache, forget):
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
    assert cache.get("a", tags=("t",)) is MISS
    assert other.get_or_compute("a", lambda: "new", tags=("t",)) == "new"


def test_a_caller_after_an_invalidation_does_not_share_the_computation_before_it(cache: Cache, other: Cache):
    begun, go = threading.Event(), threading.Event()

    def outdated() -> str:
        begun.set()
        go.wait(5)
        return "old"

    with ThreadPoolExecutor(2) as callers:
        callers.submit(cache.get_or_compute, "a", outdated)
        begun.wait(5)
        other.delete("a")
        later = callers.submit(cache.get_or_compute, "a", lambda: "new")
        until(lambda: cache._spaces.get(None).tally._counts.get("misses") == 2)
        go.set()
        assert later.result(5) == "new"


def test_a_value_that_was_set_outlives_a_computation_begun_before(cache: Cache, other: Cache):
    def overtaken() -> str:
        other.set("a", "set meanwhile")
        return "computed"

    cache.get_or_compute("a", overtaken)
    assert cache.get("a") == "set meanwhile"


def test_a_refresh_replaces_what_is_cached(cache: Cache, other: Cache):
    cache.set("a", 1)
    assert other.refresh("a", lambda: 2) == 2
    assert cache.get("a") == 2


def test_an_entry_near_its_end_is_refreshed_early_by_one(cache: Cache):
    eager = Lifetime(ttl_s=10, beta=1e9)
    cache.get_or_compute("a", lambda: 1, lifetime=eager)
    assert cache.get_or_compute("a", lambda: 2, lifetime=eager) == 2


def test_an_early_refresh_that_fails_serves_the_old_value(cache: Cache):
    def fail() -> int:
        raise Broken

    eager = Lifetime(ttl_s=10, beta=1e9)
    cache.get_or_compute("a", lambda: 1, lifetime=eager)
    assert cache.get_or_compute("a", fail, lifetime=eager) == 1


def test_a_stale_entry_serves_while_it_is_refreshed_behind(cache: Cache):
    lifetime = Lifetime(ttl_s=0.05, jitter=0, stale_s=30, beta=0)
    cache.get_or_compute("a", lambda: 1, lifetime=lifetime)
    time.sleep(0.06)
    lasting = Lifetime(ttl_s=60, stale_s=30, beta=0)
    assert cache.get_or_compute("a", lambda: 2, lifetime=lasting) == 1
    until(lambda: cache.get("a") == 2)
    assert cache.statistics()["default"].stale_hits == 1


def test_an_ended_entry_serves_where_its_computation_fails(cache: Cache):
    def fail() -> int:
        raise Broken

    lifetime = Lifetime(ttl_s=0.05, jitter=0, stale_if_error_s=30)
    cache.get_or_compute("a", lambda: 1, lifetime=lifetime)
    time.sleep(0.06)
    assert cache.get("a") is MISS
    assert cache.get_or_compute("a", fail, lifetime=lifetime) == 1
    with pytest.raises(Broken):
        cache.get_or_compute("b", fail, lifetime=lifetime)


def test_who_waited_long_enough_computes_alone(make_cache, other: Cache):
    begun, go = threading.Event(), threading.Event()

    def hang() -> int:
        begun.set()
        go.wait(5)
        return 1

    impatient = make_cache(wait_s=0.2)
    with ThreadPoolExecutor(1) as caller:
        hanging = caller.submit(other.get_or_compute, "a", hang)
        begun.wait(5)
        assert impatient.get_or_compute("a", lambda: 2) == 2
        go.set()
        assert hanging.result(5) == 1
    assert impatient.get("a") == 1


def test_threads_do_not_queue_for_a_value_that_cannot_be_cached(make_cache):
    cache, begun, both = make_cache(max_value_bytes=10), threading.Event(), threading.Barrier(3)

    def first() -> str:
        begun.set()
        until(lambda: cache._spaces.get(None).tally._counts.get("misses") == 4)
        return "x" * 100

    def later() -> str:
        both.wait(5)  # passed only if they compute side by side
        return "y" * 100

    with ThreadPoolExecutor(4) as callers:
        computing = callers.submit(cache.get_or_compute, "a", first)
        begun.wait(5)
        assert [*callers.map(lambda _: cache.get_or_compute("a", later), range(3))] == ["y" * 100] * 3
        assert computing.result(5) == "x" * 100


def test_threads_that_asked_before_the_computation_began_share_its_value_but_not_the_object(cache: Cache, redis_url):
    begun = threading.Barrier(8)

    class Slow(redis.Redis):
        """Holds every look up until all eight have begun, and the claim until all have looked."""

        def execute_command(self, *words, **options):
            if words[0] == "MGET":
                Slow.looks += 1
                if Slow.looks <= 8:
                    begun.wait(5)
            if words[0] == "EVALSHA" and not Slow.claimed:
                Slow.claimed = True
                until(lambda: cache._spaces.get(None).tally._counts.get("misses") == 8)
            return super().execute_command(*words, **options)

    Slow.looks, Slow.claimed = 0, False
    with Slow.from_url(redis_url) as client, ThreadPoolExecutor(8) as callers:
        cache = Cache(client)
        found = [*callers.map(lambda _: cache.get_or_compute("a", lambda: [1]), range(8))]
        assert found == [[1]] * 8
        assert len({id(value) for value in found}) == 8
        assert Slow.looks == 8
        cache.close()


def test_what_another_stored_between_look_and_claim_is_taken(cache: Cache, other: Cache):
    def never() -> int:
        raise AssertionError("must not be computed")

    core = cache._core
    wanted = core.wanted("a", never, Lifetime(), None, ())
    missed = completed(core.reader.look(wanted.space, wanted.place, wanted.lifetime))
    other.get_or_compute("a", lambda: 1)
    assert completed(core.computer.once_here(wanted, missed)) == 1
