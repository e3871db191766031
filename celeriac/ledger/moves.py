"""A move by compare-and-set: one UPDATE that names the state it leaves, so that of two who saw it, one moves it."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Table, update

from celeriac.ledger import clock


class Record(Protocol):
    """What can be moved, as it was read."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def state(self) -> str:
        """What it was in when it was read."""

    @property
    def state_since(self) -> datetime:
        """Since when."""


def move(
    ledger: Connection, table: Table, record: Record, state: str, *, lasts: timedelta | None, **values: Any
) -> Row[Any] | None:
    """Bring a row of `table` into a state that may last so long; None where it has moved since it was read."""
    columns = table.c
    return ledger.execute(
        update(table)
        # state_since too: what came back to the state it was read in is another one.
        .where(columns.id == record.id, columns.state == record.state, columns.state_since == record.state_since)
        .values(state=state, state_since=clock.now(), deadline=None if lasts is None else clock.later(lasts), **values)
        .returning(table)
    ).one_or_none()
