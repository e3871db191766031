"""What every task of the loop for indexes opens and is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from celeriac.indexes.sessions import Policies
from celeriac.supervision.sessions import Sessions
from config.database import autocommit, ledger
from config.settings import settings

SHOWN = 20
"""Ids in a result: events cut it at 1 KB."""


@contextmanager
def sessions(target: str) -> Iterator[Sessions]:
    """Open the two connections that a change is made with."""
    lock_timeout_ms = settings().builds.lock_timeout_ms
    with (
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as ddl,
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as watch,
    ):
        yield Sessions(ddl, watch, lambda: ledger(target))


def policies(target: str) -> Policies:
    """Return everything that the loop is told about one target."""
    chosen = settings()
    return Policies(chosen.guards, chosen.builds, chosen.verify, chosen.loop_policy(target))
