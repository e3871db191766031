"""The connections that a change is made with, and the lock that keeps every other maker out."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, Mode, VerifyPolicy
from celeriac.locks import try_advisory_lock
from celeriac.sql import sign

_GET = text(sign("setting", "SELECT current_setting(:name)"))
_SET = text(sign("set", "SELECT set_config(:name, :value, false)"))


@dataclass(frozen=True, slots=True)
class Sessions:
    """Two autocommit connections to the target, and a way to open a ledger transaction.

    None of our own transactions may stay open while DDL runs: CONCURRENTLY would wait for its snapshot.
    """

    ddl: Connection
    watch: Connection
    ledger: Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything the loop is told: thresholds, and the configured mode of the target."""

    guard: GuardPolicy
    build: BuildPolicy
    verify: VerifyPolicy
    loop: LoopPolicy

    @property
    def mode(self) -> Mode:
        """The configured mode; the ledger may hold a more careful one."""
        return self.loop.mode


@contextmanager
def sole_maker(ddl: Connection, target: str, schema: str, table: str) -> Iterator[bool]:
    """Hold the target's and the table's lock on the session that runs the DDL; False where another session has one.

    The server frees both when the session ends, however it ends: a free lock means that no builder is alive.
    """
    with try_advisory_lock(ddl, "ddl", target) as first:
        if not first:
            yield False
            return
        with try_advisory_lock(ddl, "ddl", target, schema, table) as second:
            yield second


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
