"""The link of a synchronous client: coroutines that block and never suspend."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from redis.exceptions import NoScriptError

from celeriac.cache.commands import Command
from celeriac.cache.links.vouching import vouch
from celeriac.cache.links.wire import Wire

SILENT_S = 5.0
"""How long a client without a time-out of its own is believed to wait."""


class BlockingLink:
    """A `redis.Redis` or `redis.RedisCluster`."""

    def __init__(self, client: Any, *, scattered: bool, owned: bool) -> None:
        self.scattered = scattered
        self._client = client
        self._owned = owned
        self.socket_timeout_s = client.get_connection_kwargs().get("socket_timeout") or SILENT_S
        self._wire = None if scattered else Wire(client)

    def vouch(self, prefix: str) -> None:
        """Notice a restarted or promoted server before anything is read from it; in a cluster this cannot be done."""
        if not self.scattered:
            vouch(self._client.connection_pool, prefix)

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        """Fetch keys, wherever they are."""
        if self._wire is not None:
            return self._wire.mget(keys)
        values: list[bytes | None] = self._client.mget_nonatomic(keys)
        return values

    async def evaluate(self, command: Command) -> Any:
        """Run a script."""
        script, keys, arguments = command
        try:
            return self._client.evalsha(script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return self._client.eval(script.text, len(keys), *keys, *arguments)

    async def evaluate_all(self, commands: Sequence[Command]) -> list[Any]:
        """Run scripts in one round trip to each server."""
        pipeline = self._client.pipeline(transaction=False)
        for script, keys, arguments in commands:
            # By text: a script that a node does not know would fail alone, in the midst of the others.
            pipeline.execute_command("EVAL", script.text, len(keys), *keys, *arguments)
        answers: list[Any] = pipeline.execute()
        return answers

    async def wait(self, wake: str, seconds: float) -> bool:
        """Sleep until the list `wake` has an element, and take it."""
        return self._client.blpop([wake], timeout=seconds) is not None

    async def unlink(self, keys: Sequence[str | bytes]) -> int:
        """Drop keys, wherever they are."""
        return int(self._client.unlink(*keys))

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Set a key."""
        self._client.set(key, value, px=ttl_ms)

    async def counters(self, key: str) -> dict[bytes, bytes]:
        """Read a hash."""
        fields: dict[bytes, bytes] = self._client.hgetall(key)
        return fields

    def scan(self, pattern: str, batch: int) -> Iterator[bytes]:
        """Begin a walk over all keys."""
        return iter(self._client.scan_iter(match=pattern, count=batch))

    async def more(self, scan: Iterator[bytes], batch: int) -> list[bytes]:
        """Go on with a walk; nothing where it is at its end."""
        return [*islice(scan, batch)]

    def port(self) -> "BlockingPort | None":
        """Return a connection that can follow changes; None in a cluster, where there are several servers to follow."""
        return None if self.scattered else BlockingPort(self._client.connection_pool)

    async def close(self) -> None:
        """Give back the connections that are kept at hand, and close a client of our own."""
        if self._wire is not None:
            self._wire.close()
        if self._owned:
            self._client.close()
            for sentinel in () if self.scattered else sentinels(self._client):
                sentinel.close()

    def forget(self) -> None:
        """Leave a parent process's connections to it; the pool and the wire see a fork by themselves."""


def sentinels(client: Any) -> list[Any]:
    """Return the clients of the sentinels that a client asks for its master; closing it leaves them open."""
    return [*getattr(getattr(client.connection_pool, "sentinel_manager", None), "sentinels", ())]


class BlockingPort:
    """A connection of its own, with the client's options."""

    def __init__(self, pool: Any) -> None:
        # RESP2: there a message is an ordinary answer, which every version of redis-py reads by its public methods.
        self._connection = pool.connection_class(**{**pool.connection_kwargs, "protocol": 2})

    async def open(self) -> None:
        """Connect."""
        self._connection.connect()

    async def send(self, *words: str | int) -> None:
        """Send a command."""
        self._connection.send_command(*words, check_health=False)

    async def receive(self, seconds: float) -> Any:
        """Return the next answer or message; None where none comes within so many seconds."""
        return self._connection.read_response() if self._connection.can_read(max(0.0, seconds)) else None

    async def close(self) -> None:
        """Disconnect."""
        self._connection.disconnect()
