"""The connections that a statement is run and watched with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.sql import sign

_GET = text(sign("setting", "SELECT current_setting(:name)"))
_SET = text(sign("set", "SELECT set_config(:name, :value, false)"))
_PID = text(sign("pid", "SELECT pg_backend_pid()"))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Two autocommit connections to the target, and a way to open a ledger transaction.

    None of our own transactions may stay open while DDL runs: CONCURRENTLY would wait for its snapshot.
    """

    ddl: Connection
    """Runs the statement."""
    watch: Connection
    ledger: Callable[[], AbstractContextManager[Connection]]

    def backend_pid(self) -> int:
        """Return the server's process that runs the statement."""
        pid: int = self.ddl.execute(_PID).scalar_one()
        return pid


@contextmanager
def settings(session: Connection, **values: str) -> Iterator[None]:
    """Run the block with these server settings on `session`, and give the connection back as it was."""
    before: dict[str, str] = {name: session.execute(_GET, {"name": name}).scalar_one() for name in values}
    _set(session, values)
    try:
        yield
    finally:
        _restore(session, before)


def _restore(session: Connection, values: dict[str, str]) -> None:
    if session.closed or session.invalidated:
        return
    try:
        _set(session, values)
    except DBAPIError:  # a session that cannot be put right must not serve anyone else
        session.invalidate()


def _set(session: Connection, values: dict[str, str]) -> None:
    for name, value in values.items():
        session.execute(_SET, {"name": name, "value": value})
