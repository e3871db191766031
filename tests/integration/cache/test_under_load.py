"""Faults while many read and one changes: each caller gets a right value or its function's own exception.

Right is a value no older than the last change that was confirmed as invalidated before the caller asked; in the process
tier, confirmed longer ago than the tier's bound.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis

from celeriac.cache import Cache, CachePolicy, Lifetime
from celeriac.cache.client import connect
from sandbox.redis import RedisServer

pytestmark = pytest.mark.slow

POLICIES = [
    "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random",
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
]  # fmt: skip
KEYS = [f"k{i}" for i in range(8)]


class Broken(Exception):
    """The function's own failure."""


class Truth:
    """What the function computes, and since when which version of it is confirmed to be in force."""

    def __init__(self) -> None:
        self.version = 0
        self.confirmed: list[tuple[float, int]] = [(0.0, 0)]
        self.wrong: list[str] = []
        self.served = 0

    def change(self, cache: Cache) -> None:
        self.version += 1
        version = self.version
        if cache.invalidate(tags=("truth",)):
            self.confirmed.append((time.monotonic(), version))

    def floor(self, since_s: float) -> int:
        return next(version for at_s, version in reversed(self.confirmed) if at_s <= since_s)

    def compute(self) -> dict[str, int]:
        if random.random() < 0.02:
            raise Broken
        version = self.version
        time.sleep(0.001)
        return {"version": version}

    def read(self, cache: Cache, bound_s: float, lifetime: Lifetime) -> None:
        floor = self.floor(time.monotonic() - bound_s)
        try:
            found = cache.get_or_compute(random.choice(KEYS), self.compute, tags=("truth",), lifetime=lifetime)
        except Broken:
            return
        self.served += 1
        if set(found) != {"version"} or not floor <= found["version"] <= self.version:
            self.wrong.append(f"{found} where at least {floor} was due")


@contextmanager
def load(url: str) -> Iterator[Truth]:
    """Let six threads of three caches read while one changes; raises what no caller should see."""
    truth, done = Truth(), threading.Event()
    policy = CachePolicy(breaker_window_s=0.1, lock_s=0.6)
    plain, also, local = Cache(url, policy=policy), Cache(url, policy=policy), Cache(url, policy=policy, local=True)
    lifetime = Lifetime(ttl_s=0.5, jitter=0.5)

    def repeat(act: Callable[[], None], pause_s: float) -> None:
        while not done.wait(pause_s):
            act()

    roles = [(lambda: truth.change(also), 0.02)]
    for cache, bound_s in ((plain, 0.0), (also, 0.0), (local, 1.05)):
        roles += 2 * [(lambda cache=cache, bound_s=bound_s: truth.read(cache, bound_s, lifetime), 0.001)]
    with ThreadPoolExecutor(len(roles)) as people:
        at_work = [people.submit(repeat, act, pause_s) for act, pause_s in roles]
        try:
            yield truth
        finally:
            done.set()
    for cache in (plain, also, local):
        cache.close()
    for one in at_work:
        one.result()
    assert not truth.wrong
    assert truth.served > 20
    assert len(truth.confirmed) > 3


def test_nothing_is_wrong_without_a_fault(own_redis: RedisServer):
    with load(own_redis.url()):
        time.sleep(0.5)


def test_a_killed_and_restarted_redis(own_redis: RedisServer):
    with load(own_redis.url()):
        for _ in range(2):
            time.sleep(0.3)
            own_redis.process.running.kill()
            own_redis.process.running.wait()
            time.sleep(0.2)
            own_redis.process.start()
        time.sleep(0.4)


def test_a_paused_redis(own_redis: RedisServer):
    with load(own_redis.url()):
        for _ in range(2):
            time.sleep(0.3)
            os.kill(own_redis.process.running.pid, signal.SIGSTOP)
            time.sleep(0.5)
            os.kill(own_redis.process.running.pid, signal.SIGCONT)
        time.sleep(0.4)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_full_redis(own_redis: RedisServer, policy: str):
    with connect(own_redis.url(), timeout_s=2.0) as client, load(own_redis.url()):
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 2_000_000)
        until_s = time.monotonic() + 0.7
        while time.monotonic() < until_s:
            try:
                client.set(f"filler:{random.random()}", os.urandom(50_000), px=random.choice([100, 60_000]))
            except redis.ResponseError:  # full, as it should be
                time.sleep(0.01)
        client.config_set("maxmemory", 0)
        time.sleep(0.2)


def damages(raw: bytes) -> list[bytes]:
    """Return what might become of an entry: cut, flipped, emptied, foreign, or of another version of this library."""
    position = random.randrange(len(raw))
    flipped = raw[:position] + bytes([raw[position] ^ 0xFF]) + raw[position + 1 :]
    return [raw[: len(raw) // 2], flipped, b"", b"\x80\x04pickle", raw[:1] + b"\x02" + raw[2:], b'{"version":-1}']


def test_damaged_entries_and_those_of_another_version(own_redis: RedisServer):
    with connect(own_redis.url()) as client, load(own_redis.url()):
        until_s = time.monotonic() + 0.8
        while time.monotonic() < until_s:
            name = f"cache:v:default:{random.choice(KEYS)}"
            if raw := client.get(name):
                client.set(name, random.choice(damages(raw)), px=500)
            time.sleep(0.001)


def test_keys_of_another_kind_where_ours_should_be(own_redis: RedisServer):
    with connect(own_redis.url()) as client, load(own_redis.url()):
        until_s = time.monotonic() + 0.6
        while time.monotonic() < until_s:
            kind, name = random.choice("vlw"), random.choice(KEYS)
            with client.pipeline() as pipeline:
                pipeline.delete(f"cache:{kind}:default:{name}")
                pipeline.sadd(f"cache:{kind}:default:{name}", "foreign")
                pipeline.pexpire(f"cache:{kind}:default:{name}", 20)
                pipeline.execute()
            time.sleep(0.01)


def test_two_versions_of_the_library_on_one_key_each_serve_their_own(own_redis: RedisServer, monkeypatch):
    from celeriac.cache import envelope

    older, newer = Cache(own_redis.url()), Cache(own_redis.url())
    assert older.get_or_compute("a", lambda: 1) == 1
    monkeypatch.setattr(envelope, "VERSION", 2)
    assert newer.get_or_compute("a", lambda: 2) == 2
    assert newer.get("a") == 2
    monkeypatch.setattr(envelope, "VERSION", 1)
    assert older.get_or_compute("a", lambda: 3) == 3
    older.close(), newer.close()
