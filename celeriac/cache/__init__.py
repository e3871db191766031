"""The cache that other services import: one round trip a hit, one computation a miss, and no harm from a broken Redis.

from celeriac.cache import Cache, cached

cache = Cache("redis://localhost:6379/0")

@cached(cache, ttl=300, key="user:{user_id}", tags=("users",))
def user(user_id: int) -> dict: ...
"""

from celeriac.cache.cache import MISS, Cache
from celeriac.cache.client import connect
from celeriac.cache.decorator import CachedFunction, cached
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.statistics import NamespaceStatistics

__all__ = ["MISS", "Cache", "CachePolicy", "CachedFunction", "Lifetime", "NamespaceStatistics", "cached", "connect"]
