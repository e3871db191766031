"""The short way to Redis for the one command that every hit sends.

redis-py spends a third of a hit on what a lookup does not need: a retry object, telemetry, a poll of the socket before
each command. This sends MGET over connections of the client's own pool, and keeps a few of them at hand. Only for
clients that are plain `redis.Redis`: a subclass may do things of its own in `execute_command`.
"""

import os
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

KEPT_SHARE = 0.25
"""Of the pool's connections: the other commands need some too."""


class Wire:
    """Sends MGET."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._pool: Any = client.connection_pool
        self._plain = type(client) is Redis and client.connection is None
        self._most = kept(self._pool)
        self._idle: list[Any] = []
        self._process = os.getpid()

    def mget(self, keys: list[str]) -> list[bytes | None]:
        """Fetch keys; raises RedisError."""
        if not self._plain:
            values: list[bytes | None] = self._client.execute_command("MGET", *keys)  # type: ignore[no-untyped-call]
            return values
        request = [packed(keys)]
        connection = self._take()
        try:
            try:
                answer = _exchanged(connection, request)
            except RedisConnectionError:
                # The server closed it while it lay idle: once more over a new one. A time-out is not repeated.
                answer = _exchanged(connection, request)
        except BaseException:
            # What is left on the socket of an exchange that broke off must never be read as the next answer.
            connection.disconnect()
            self._pool.release(connection)
            raise
        if len(self._idle) < self._most:
            self._idle.append(connection)
        else:
            self._pool.release(connection)
        return answer

    def close(self) -> None:
        """Give the connections back."""
        if self._process != os.getpid():
            self._forget()
        while self._idle:
            self._pool.release(self._idle.pop())

    def _take(self) -> Any:
        if self._process != os.getpid():
            self._forget()
        try:
            return self._idle.pop()
        except IndexError:
            return self._pool.get_connection()

    def _forget(self) -> None:
        """Leave the parent's connections to the parent."""
        self._idle = []
        self._process = os.getpid()


def _exchanged(connection: Any, request: list[bytes]) -> list[bytes | None]:
    connection.send_packed_command(request, check_health=False)
    answer: list[bytes | None] = connection.read_response()
    return answer


def kept(pool: Any) -> int:
    """Return how many connections of a pool are kept at hand."""
    return max(1, int(KEPT_SHARE * getattr(pool, "max_connections", 4)))


def packed(keys: list[str]) -> bytes:
    """Return MGET as it goes over the wire."""
    parts = [b"*%d\r\n$4\r\nMGET\r\n" % (len(keys) + 1)]
    for key in keys:
        encoded = key.encode("utf-8", "surrogatepass")
        parts.append(b"$%d\r\n%b\r\n" % (len(encoded), encoded))
    return b"".join(parts)
