"""Session advisory locks, keyed by words: exclusion that dies with the connection that did the work.

https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS (proxies that pool transactions break it)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.sql import sign

_TRY = text(sign("lock", "SELECT pg_try_advisory_lock(:key)"))
_UNLOCK = text(sign("unlock", "SELECT pg_advisory_unlock(:key)"))


@contextmanager
def try_advisory_lock(connection: Connection, *parts: str) -> Iterator[bool]:
    """Hold the lock that `parts` name for the length of the block; yields False at once where another session has it.

    A connection whose lock cannot be given back is discarded, so that no pool ever holds a forgotten lock.
    """
    key = lock_key(*parts)
    held: bool = connection.scalar(_TRY, {"key": key}) is True
    try:
        yield held
    finally:
        if held:
            _give_back(connection, key)


def lock_key(*parts: str) -> int:
    """Derive the lock's signed 64-bit key.

    >>> lock_key("build", "main", "jobs") == lock_key("build", "main", "jobs") != lock_key("build", "mainjobs")
    True
    """
    digest = blake2b("\0".join(("celeriac", *parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _give_back(connection: Connection, key: int) -> None:
    if connection.closed or connection.invalidated:
        return  # the server released it with the session
    try:
        connection.execute(_UNLOCK, {"key": key})
    except DBAPIError:  # a failed transaction refuses every statement, but keeps session locks
        connection.invalidate()
