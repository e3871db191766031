"""A Redis client that cannot hold its caller up: every time-out, retry and bound is explicit.

redis-py 8 defaults to time-outs of 5 s and, made by host name, to retries that cost a refused connection 4 s.
"""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

TIMEOUT_S = 0.25
MAX_CONNECTIONS = 50


def connect(url: str, *, timeout_s: float = TIMEOUT_S, max_connections: int = MAX_CONNECTIONS) -> "Redis":
    """Return a client for `redis://`, `rediss://` or `unix://` that fails within `timeout_s`.

    A connection that the server has closed is replaced once, at once; a time-out is never retried, since a silent
    server would only cost it again.
    """
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        health_check_interval=0,
        max_connections=max_connections,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        decode_responses=False,
        protocol=2,
    )
