"""No data from before a restart: each new connection makes sure that the server still is the one the cache was used on.

A server that was killed comes back with what it last wrote to disk, and a replica that was promoted with what it was
told in time: in both, an invalidation that had been confirmed may be missing. So a connection begins by comparing the
server's run with the one that is kept beside the cache, and where they differ, all generations are dropped, and with
them all that stands under them. It costs two round trips a connection, and nothing a lookup.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from redis.exceptions import NoPermissionError

from celeriac.cache import commands
from celeriac.cache.commands import Command

logger = logging.getLogger("celeriac.cache")

_RUN = re.compile(rb"run_id:(\w+)")
_OPTION = "redis_connect_func"


def vouch(pool: Any, prefix: str) -> None:
    """Let a pool's new connections vouch for the server, on behalf of the caches with this prefix."""
    _on_behalf(pool, prefix, _connected)


def vouch_awaited(pool: Any, prefix: str) -> None:
    """Do the same for a pool of redis.asyncio."""
    _on_behalf(pool, prefix, _connected_awaited)


def _on_behalf(pool: Any, prefix: str, make: Callable[[Any, set[str]], Any]) -> None:
    before = pool.connection_kwargs.get(_OPTION)
    prefixes: set[str] | None = getattr(before, "prefixes", None)
    if prefixes is None:  # not ours: it is done first
        prefixes = set()
        connected = make(before, prefixes)
        connected.prefixes = prefixes
        pool.connection_kwargs[_OPTION] = connected
    prefixes.add(prefix)


def _connected(before: Callable[[Any], Any] | None, prefixes: set[str]) -> Callable[[Any], None]:
    def connected(connection: Any) -> None:
        connection.on_connect() if before is None else before(connection)
        try:
            for command in _questions(_asked(connection, "INFO", "server"), prefixes):
                _asked(connection, "EVAL", command.script.text, len(command.keys), *command.keys, *command.arguments)
        except NoPermissionError as refusal:
            _without(refusal)

    return connected


def _connected_awaited(before: Callable[[Any], Any] | None, prefixes: set[str]) -> Callable[[Any], Any]:
    async def connected(connection: Any) -> None:
        await (connection.on_connect() if before is None else before(connection))
        try:
            for command in _questions(await _asked_awaited(connection, "INFO", "server"), prefixes):
                words = ("EVAL", command.script.text, len(command.keys), *command.keys, *command.arguments)
                await _asked_awaited(connection, *words)
        except NoPermissionError as refusal:
            _without(refusal)

    return connected


def _questions(server: bytes | str, prefixes: set[str]) -> list[Command]:
    run = _RUN.search(server.encode() if isinstance(server, str) else server)
    return [] if run is None else [commands.vouch(prefix, run[1]) for prefix in sorted(prefixes)]


def _asked(connection: Any, *words: Any) -> Any:
    connection.send_command(*words, check_health=False)
    return connection.read_response()


async def _asked_awaited(connection: Any, *words: Any) -> Any:
    await connection.send_command(*words, check_health=False)
    return await connection.read_response()


def _without(refusal: NoPermissionError) -> None:
    logger.warning("Redis lets the cache not see its restarts (%s): let it use INFO and EVAL, or keep nothing", refusal)
