"""The cache that other services import: one round trip a hit, one computation a miss, and no harm from a broken Redis.

from celeriac.cache import Cache, cached

cache = Cache("redis://localhost:6379/0")

@cached(cache, ttl=300, key="user:{user_id}", tags=("users",))
def user(user_id: int) -> dict: ...

Coroutine functions have the same from AsyncCache.
"""

from celeriac.cache.async_cache import AsyncCache
from celeriac.cache.cache import Cache
from celeriac.cache.client import connect, connect_async
from celeriac.cache.core import MISS
from celeriac.cache.decorator import cached
from celeriac.cache.functions import AsyncCachedFunction, CachedFunction
from celeriac.cache.policy import CachePolicy, Lifetime, LocalPolicy
from celeriac.cache.statistics import NamespaceStatistics

__all__ = [
    "MISS",
    "AsyncCache",
    "AsyncCachedFunction",
    "Cache",
    "CachePolicy",
    "CachedFunction",
    "Lifetime",
    "LocalPolicy",
    "NamespaceStatistics",
    "cached",
    "connect",
    "connect_async",
]
