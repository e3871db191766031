"""The short way to Redis for the one command that every hit sends, for redis.asyncio; `wire` says why.

A task that is cancelled in the midst of an exchange leaves its answer on the socket: the connection is closed. Lookups
share a few connections: one event loop talks no faster over many, and a crowd that opened one each would time out over
it.
"""

import asyncio
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from celeriac.cache.links.wire import kept, packed

AT_ONCE: Final = 8


class AwaitingWire:
    """Sends MGET."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._pool: Any = client.connection_pool
        self._plain = type(client) is Redis and client.connection is None
        self._most = min(AT_ONCE, kept(self._pool))
        self._idle: list[Any] = []
        self._turns = asyncio.Semaphore(self._most)
        self._failure: RedisError | None = None
        """Of the last exchange; it is not asked again by those who stood in line then."""

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        """Fetch keys; raises RedisError."""
        if not self._plain:
            values: list[bytes | None] = await self._client.execute_command("MGET", *keys)
            return values
        failure_before = self._failure
        async with self._turns:
            if self._failure is not None and self._failure is not failure_before:
                raise self._failure
            try:
                answer = await self._over_one(packed(keys))
            except RedisError as failure:
                self._failure = failure
                raise
            self._failure = None
            return answer

    async def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            await self._pool.release(self._idle.pop())

    async def _over_one(self, request: bytes) -> list[bytes | None]:
        connection = self._idle.pop() if self._idle else await self._pool.get_connection()
        try:
            try:
                answer = await _exchanged(connection, [request])
            except RedisConnectionError:
                # The server closed it while it lay idle: once more over a new one. A time-out is not repeated.
                answer = await _exchanged(connection, [request])
        except BaseException:
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)
            raise
        self._idle.append(connection)
        return answer


async def _exchanged(connection: Any, request: list[bytes]) -> list[bytes | None]:
    await connection.send_packed_command(request, check_health=False)
    answer: list[bytes | None] = await connection.read_response()
    return answer
