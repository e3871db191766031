"""What the cache needs of a Redis client; each method raises RedisError where Redis does not do it."""

from collections.abc import Sequence
from typing import Any, Protocol

from celeriac.cache.commands import Command


class Port(Protocol):
    """One connection of its own, to follow what changes in Redis."""

    async def open(self) -> None:
        """Connect."""

    async def send(self, *words: str | int) -> None:
        """Send a command."""

    async def receive(self, seconds: float) -> Any:
        """Return the next answer or message; None where none comes within so many seconds."""

    async def close(self) -> None:
        """Disconnect."""


class Link(Protocol):
    """A client, in the words of the cache."""

    scattered: bool
    """Whether keys may be on several servers: then a command's keys must share a slot."""
    socket_timeout_s: float

    def vouch(self, prefix: str) -> None:
        """Notice a restarted or promoted server before anything is read from it, where that can be done."""

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        """Fetch keys, wherever they are."""

    async def evaluate(self, command: Command) -> Any:
        """Run a script."""

    async def evaluate_all(self, commands: Sequence[Command]) -> list[Any]:
        """Run scripts in one round trip (to each server)."""

    async def wait(self, wake: str, seconds: float) -> bool:
        """Sleep until the list `wake` has an element, and take it."""

    async def unlink(self, keys: Sequence[str | bytes]) -> int:
        """Drop keys, wherever they are."""

    async def put(self, key: str, value: bytes, ttl_ms: int) -> None:
        """Set a key."""

    async def counters(self, key: str) -> dict[bytes, bytes]:
        """Read a hash."""

    def scan(self, pattern: str, batch: int) -> Any:
        """Begin a walk over all keys."""

    async def more(self, scan: Any, batch: int) -> list[bytes]:
        """Go on with a walk; nothing where it is at its end."""

    def port(self) -> Port | None:
        """Return a connection that can follow changes; None where there is no one server to follow."""

    async def close(self) -> None:
        """Give back the connections that are kept at hand, and close a client of our own."""

    def forget(self) -> None:
        """Leave connections that belong to another process or event loop to it."""
