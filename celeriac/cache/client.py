"""Redis clients that cannot hold their caller up: every time-out, retry and bound is explicit.

redis-py 8 defaults to time-outs of 5 s and, made by host name, to retries that cost a refused connection 4 s. One URL
names any kind of Redis:

    redis://, rediss://, unix://                                 one server
    redis+cluster://[user:password@]host:port,host:port          a cluster, found by any of its nodes
    redis+sentinel://[user:password@]host:port,host:port/name/0  the master that these sentinels know by that name

The password is the servers'; sentinels with passwords of their own need a client that the caller makes.
"""

from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from redis import Redis, Sentinel
from redis import asyncio as redis_asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from celeriac.cache.errors import UrlRefused

TIMEOUT_S: Final = 0.25
MAX_CONNECTIONS: Final = 50

_CLUSTER, _SENTINEL = "redis+cluster", "redis+sentinel"
_LOST = (RedisConnectionError,)
# redis-py has not typed these.
_NODE: Any = ClusterNode
_SENTINELS: Any = Sentinel
_ASYNC_SENTINELS: Any = redis_asyncio.Sentinel


def connect(url: str, *, timeout_s: float = TIMEOUT_S, max_connections: int = MAX_CONNECTIONS) -> Any:
    """Return a client for a URL that fails within `timeout_s`: a `redis.Redis`, or a `redis.RedisCluster`.

    A connection that the server has closed is replaced once, at once; a time-out is never retried, since a silent
    server would only cost it again. Raises UrlRefused.
    """
    options = _options(timeout_s, max_connections)
    address = _split(url)
    if address.scheme == _CLUSTER:
        nodes: list[Any] = [_NODE(host, port) for host, port in _nodes(url, address, 6379)]
        return RedisCluster(
            startup_nodes=nodes, **_credentials(address), **_cluster_options(options), retry=_once(Retry)
        )
    if address.scheme == _SENTINEL:
        service, database = _service(url, address)
        options |= {"retry": _once(Retry)}
        sentinel = _SENTINELS(_nodes(url, address, 26379), sentinel_kwargs=_sentinel_options(timeout_s))
        return sentinel.master_for(service, db=database, **_credentials(address), **options)
    return Redis.from_url(url, retry=_once(Retry), **options)


def connect_async(url: str, *, timeout_s: float = TIMEOUT_S, max_connections: int = MAX_CONNECTIONS) -> Any:
    """Return the like of `connect` for redis.asyncio."""
    options = _options(timeout_s, max_connections)
    address = _split(url)
    if address.scheme == _CLUSTER:
        nodes = [redis_asyncio.cluster.ClusterNode(host, port) for host, port in _nodes(url, address, 6379)]
        return redis_asyncio.RedisCluster(
            startup_nodes=nodes, **_credentials(address), **_cluster_options(options), retry=_once(AsyncRetry)
        )
    if address.scheme == _SENTINEL:
        service, database = _service(url, address)
        options |= {"retry": _once(AsyncRetry)}
        sentinel: Any = _ASYNC_SENTINELS(_nodes(url, address, 26379), sentinel_kwargs=_sentinel_options(timeout_s))
        return sentinel.master_for(service, db=database, **_credentials(address), **options)
    return redis_asyncio.Redis.from_url(url, retry=_once(AsyncRetry), **options)


def is_cluster(url: str) -> bool:
    """Return whether a URL names a cluster; raises UrlRefused where it names no node of one."""
    address = _split(url)
    return address.scheme == _CLUSTER and bool(_nodes(url, address, 6379))


def _options(timeout_s: float, max_connections: int) -> dict[str, Any]:
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "socket_keepalive": True,
        "health_check_interval": 0,
        "max_connections": max_connections,
        "decode_responses": False,
        "protocol": 2,
    }


def _cluster_options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "decode_responses"}


def _sentinel_options(timeout_s: float) -> dict[str, Any]:
    return {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "protocol": 2}


def _once(kind: Any) -> Any:
    return kind(NoBackoff(), 1, supported_errors=_LOST)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as malformed:
        raise UrlRefused(given=_without_password(url), why=str(malformed)) from None


def _credentials(address: SplitResult) -> dict[str, Any]:
    user, _, password = address.netloc.rpartition("@")[0].partition(":")
    given = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in given.items() if value}


def _nodes(url: str, address: SplitResult, default_port: int) -> list[tuple[str, int]]:
    nodes = []
    for node in address.netloc.rpartition("@")[2].split(","):
        host, colon, port = node.strip().rpartition(":")
        if not colon:
            host, port = port, str(default_port)
        if not host or not port.isdigit():
            raise UrlRefused(given=_without_password(url), why=f"{node!r} is no host:port")
        nodes.append((host.strip("[]"), int(port)))
    return nodes


def _service(url: str, address: SplitResult) -> tuple[str, int]:
    service, _, database = address.path.strip("/").partition("/")
    if not service or not (database or "0").isdigit():
        why = "a sentinel's URL ends in the name of the master, as in /mymaster or /mymaster/0"
        raise UrlRefused(given=_without_password(url), why=why)
    return service, int(database or 0)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
