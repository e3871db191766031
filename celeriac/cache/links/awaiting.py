"""The link of a client of redis.asyncio: coroutines that suspend where the other link's block."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as RedisTimeoutError

from celeriac.cache.commands import Command
from celeriac.cache.links.awaiting_wire import AwaitingWire
from celeriac.cache.links.blocking import SILENT_S, sentinels
from celeriac.cache.links.vouching import vouch_awaited


class AwaitingLink:
    """A `redis.asyncio.Redis` or `redis.asyncio.RedisCluster`."""

    def __init__(self, client: Any, *, scattered: bool, make: Callable[[], Any] | None = None) -> None:
        """Take a client; `make` makes another one like it, where it is our own."""
        self.scattered = scattered
        self._client = client
        self._make = make
        self._wire = None if scattered else AwaitingWire(client)
        self._vouched: set[str] = set()
        self.socket_timeout_s = client.get_connection_kwargs().get("socket_timeout") or SILENT_S

    def vouch(self, prefix: str) -> None:
        """Notice a restarted or promoted server before anything is read from it; in a cluster this cannot be done."""
        self._vouched.add(prefix)
        if not self.scattered:
            vouch_awaited(self._client.connection_pool, prefix)

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        """Fetch keys, wherever they are."""
        if self._wire is not None:
            return await self._wire.mget(keys)
        values: list[bytes | None] = await self._client.mget_nonatomic(keys)
        return values

    async def evaluate(self, command: Command) -> Any:
        """Run a script."""
        script, keys, arguments = command
        try:
            return await self._client.evalsha(script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self._client.eval(script.text, len(keys), *keys, *arguments)

    async def evaluate_all(self, commands: Sequence[Command]) -> list[Any]:
        """Run scripts in one round trip to each server."""
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, arguments in commands:
            pipeline.execute_command("EVAL", script.text, len(keys), *keys, *arguments)
        answers: list[Any] = await pipeline.execute()
        return answers

    async def wait(self, wake: str, seconds: float) -> bool:
        """Sleep until the list `wake` has an element, and take it."""
        return await self._client.blpop([wake], timeout=seconds) is not None

    async def unlink(self, keys: Sequence[str | bytes]) -> int:
        """Drop keys, wherever they are."""
        return int(await self._client.unlink(*keys))

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Set a key."""
        await self._client.set(key, value, px=ttl_ms)

    async def counters(self, key: str) -> dict[bytes, bytes]:
        """Read a hash."""
        fields: dict[bytes, bytes] = await self._client.hgetall(key)
        return fields

    def scan(self, pattern: str, batch: int) -> AsyncIterator[bytes]:
        """Begin a walk over all keys."""
        walk: AsyncIterator[bytes] = self._client.scan_iter(match=pattern, count=batch)
        return walk

    async def more(self, scan: AsyncIterator[bytes], batch: int) -> list[bytes]:
        """Go on with a walk; nothing where it is at its end."""
        keys: list[bytes] = []
        while len(keys) < batch and (key := await anext(scan, None)) is not None:
            keys.append(key)
        return keys

    def port(self) -> "AwaitingPort | None":
        """Return a connection that can follow changes; None in a cluster, where there are several servers to follow."""
        return None if self.scattered else AwaitingPort(self._client.connection_pool)

    async def close(self) -> None:
        """Give back the connections that are kept at hand, and close a client of our own."""
        if self._wire is not None:
            await self._wire.close()
        if self._make is not None:
            await self._client.aclose()
            for sentinel in () if self.scattered else sentinels(self._client):
                await sentinel.aclose()

    def forget(self) -> None:
        """Leave the connections of an event loop that has ended to it."""
        if self._make is not None:
            self._client = self._make()
            for prefix in self._vouched:
                self.vouch(prefix)
        elif not self.scattered:
            self._client.connection_pool.reset()
        self._wire = None if self.scattered else AwaitingWire(self._client)


class AwaitingPort:
    """A connection of its own, with the client's options."""

    def __init__(self, pool: Any) -> None:
        self._connection = pool.connection_class(**{**pool.connection_kwargs, "protocol": 2})

    async def open(self) -> None:
        """Connect."""
        await self._connection.connect()

    async def send(self, *words: str | int) -> None:
        """Send a command."""
        await self._connection.send_command(*words, check_health=False)

    async def receive(self, seconds: float) -> Any:
        """Return the next answer or message; None where none comes within so many seconds."""
        try:
            return await self._connection.read_response(timeout=max(0.001, seconds), disconnect_on_error=False)
        except RedisTimeoutError:
            return None

    async def close(self) -> None:
        """Disconnect."""
        await self._connection.disconnect()
