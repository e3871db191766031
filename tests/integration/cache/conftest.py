"""A cache on the session's private Redis, a second one that stands for another process, and a Redis to mistreat."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from celeriac.cache import Cache, CachePolicy
from sandbox.redis import RedisServer, redis_server
from sandbox.state import state_folder

CacheMaker = Callable[..., Cache]


@pytest.fixture
def make_cache(redis_url: str) -> Iterator[CacheMaker]:
    with ExitStack() as opened:

        def make(*, url: str = redis_url, namespace: str = "default", **policy: object) -> Cache:
            cache = Cache(url, namespace=namespace, policy=CachePolicy(**policy))
            opened.callback(cache.close)
            return cache

        yield make


@pytest.fixture
def cache(make_cache: CacheMaker) -> Cache:
    return make_cache()


@pytest.fixture
def other(make_cache: CacheMaker) -> Cache:
    """Another process's cache, as far as Redis can tell."""
    return make_cache()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test's own, to be stopped and paused."""
    with state_folder() as state, redis_server(state, environ={"PATH": os.environ["PATH"]}) as server:
        yield server
