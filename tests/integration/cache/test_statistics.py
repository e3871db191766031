"""The numbers of all processes add up."""

import multiprocessing
import os

from celeriac.cache import Cache, CachePolicy

FORK = multiprocessing.get_context("fork")


def test_every_kind_of_use_is_counted(cache: Cache):
    cache.set("a", "x" * 100, namespace="users")
    cache.get("a", namespace="users")
    cache.get("b", namespace="users")
    cache.get_many(["a", "b"], namespace="users")
    cache.delete("a", namespace="users")
    cache.invalidate(namespace="users")
    cache.get_or_compute("c", lambda: 1, namespace="users")
    users = cache.statistics()["users"]
    assert (users.hits, users.misses, users.sets, users.deletes, users.invalidations) == (2, 3, 2, 1, 1)
    assert users.computations == 1
    assert users.bytes_read > 200
    assert users.hit_ratio == 0.4
    assert sum(users.latencies) == users.hits + users.misses
    assert 1 < users.latency_us(0.5) < 1_000_000


def test_a_hit_saves_what_the_entry_cost(cache: Cache):
    cache.set_many({"a": 1}, compute_ms=50.0)
    cache.get("a"), cache.get("a")
    assert cache.statistics()["default"].saved_ms == 100.0


def look_up(url: str, times: int) -> None:
    cache = Cache(url)
    for _ in range(times):
        cache.get("a")
    cache.close()


def test_processes_add_up(cache: Cache, redis_url: str):
    cache.set("a", 1)
    processes = [FORK.Process(target=look_up, args=(redis_url, times)) for times in (10, 20, 30)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(10)
    assert cache.statistics()["default"].hits == 60


def test_a_forked_child_does_not_report_its_parents_counts(cache: Cache):
    cache.set("a", 1)
    cache.get("a")
    child = os.fork()
    if child == 0:
        cache.get("a")
        cache.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert cache.statistics()["default"].hits == 2


def test_counts_reach_redis_by_themselves(redis_url: str, cache: Cache):
    import time

    working = Cache(redis_url, policy=CachePolicy(flush_every_s=0.1))
    working.get("a")
    deadline = time.monotonic() + 5
    while "default" not in cache.statistics():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert cache.statistics()["default"].misses == 1
    working.close()


def test_cleared_statistics_begin_at_zero(cache: Cache):
    cache.get("a")
    cache.flush()
    cache.get("a")
    assert cache.clear_statistics()
    assert cache.statistics() == {}
