"""A real sentinel: the cache follows the master."""

import os
import signal

import pytest

from celeriac.cache import Cache, CachePolicy
from celeriac.cache.errors import UrlRefused


@pytest.mark.parametrize(
    "url", ["redis+sentinel://host:1", "redis+sentinel://host:1/", "redis+sentinel://host:1/name/x"]
)
def test_a_url_without_a_master_is_refused(url: str):
    with pytest.raises(UrlRefused, match="ends in the name of the master"):
        Cache(url)


@pytest.mark.slow
def test_the_cache_follows_a_failover(sentinel, until, concurrently):
    cache = Cache(sentinel.url, local=True, policy=CachePolicy(breaker_window_s=0.1))
    assert cache.set("a", 1)
    assert [cache.get("a"), cache.get("a")] == [1, 1]
    until(lambda: cache._core.tier.lease_until_s > 0)
    os.kill(sentinel.master.process.running.pid, signal.SIGKILL)
    assert cache.get_or_compute("b", lambda: 2) == 2
    until(lambda: cache.set("c", 3), 20)
    assert cache.get("c") == 3

    async def use(awaited):
        return await awaited.get("c")

    assert concurrently(use, url=sentinel.url) == 3
    until(lambda: cache._core.tier.lease_until_s > 0)
    cache.close()
