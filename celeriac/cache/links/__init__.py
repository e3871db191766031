"""The ways to Redis: one for clients that block, one for clients that are awaited; nothing else touches a client."""

import threading
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio import RedisCluster as AsyncRedisCluster
from redis.cluster import RedisCluster

from celeriac.cache.client import TIMEOUT_S, connect, connect_async, is_cluster
from celeriac.cache.errors import ClientDecodes, ClientUnsupported, ClientWrong
from celeriac.cache.links.awaiting import AwaitingLink
from celeriac.cache.links.blocking import BlockingLink
from celeriac.cache.links.link import Link, Port

__all__ = ["AwaitingLink", "BlockingLink", "Link", "Port", "awaiting", "blocking"]


def blocking(redis: Any) -> BlockingLink:
    """Return the link of a URL or a synchronous client.

    Raises UrlRefused, ClientUnsupported, ClientWrong, ClientDecodes.
    """
    if isinstance(redis, str):
        scattered = is_cluster(redis)
        client = LateCluster(lambda: connect(redis), TIMEOUT_S) if scattered else connect(redis)
        return BlockingLink(client, scattered=scattered, owned=True)
    if isinstance(redis, AsyncRedis | AsyncRedisCluster):
        raise ClientWrong(kind="an asynchronous client", cache="Cache", other="AsyncCache")
    client = _checked(redis, Redis, RedisCluster)
    return BlockingLink(client, scattered=isinstance(client, RedisCluster), owned=False)


def awaiting(redis: Any) -> AwaitingLink:
    """Return the link of a URL or a client of redis.asyncio; raises as `blocking` does."""
    if isinstance(redis, str):
        scattered = is_cluster(redis)
        return AwaitingLink(connect_async(redis), scattered=scattered, make=lambda: connect_async(redis))
    if isinstance(redis, Redis | RedisCluster):
        raise ClientWrong(kind="a synchronous client", cache="AsyncCache", other="Cache")
    client = _checked(redis, AsyncRedis, AsyncRedisCluster)
    return AwaitingLink(client, scattered=isinstance(client, AsyncRedisCluster))


class LateCluster:
    """A cluster's client that is made by the first command: it wants to meet the cluster, which may be away now."""

    def __init__(self, make: Callable[[], Any], timeout_s: float) -> None:
        self._make = make
        self._timeout_s = timeout_s
        self._client: Any = None
        self._lock = threading.Lock()

    def get_connection_kwargs(self) -> dict[str, Any]:
        """Return what is known before it is made."""
        return {"socket_timeout": self._timeout_s}

    def close(self) -> None:
        """Close it if it was made."""
        if self._client is not None:
            self._client.close()

    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            with self._lock:
                self._client = self._client or self._make()
        return getattr(self._client, name)


def _checked(client: Any, *kinds: type) -> Any:
    known: Any = client if isinstance(client, kinds) else None
    if known is None or getattr(client, "command_stack", None) is not None:
        raise ClientUnsupported(kind=type(client).__name__)
    if known.get_encoder().decode_responses:
        raise ClientDecodes
    return client
