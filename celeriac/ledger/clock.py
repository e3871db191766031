"""The ledger database's clock, by which every instant in the ledger is written and judged: workers' clocks differ.

`clock_timestamp()` goes on within a transaction, where `now()` stands still.
https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, literal, select


def now() -> ColumnElement[datetime]:
    """Return the present instant, to set or compare a column by."""
    return func.clock_timestamp()


def later(delay: timedelta) -> ColumnElement[datetime]:
    """Return the instant so long after now, to set a column by."""
    return func.clock_timestamp() + literal(delay)


def ago(span: timedelta) -> ColumnElement[datetime]:
    """Return the instant so long before now, to compare a column by."""
    return func.clock_timestamp() - literal(span)


def instant(ledger: Connection) -> datetime:
    """Read the clock, to reckon with."""
    read: datetime = ledger.execute(select(func.clock_timestamp())).scalar_one()
    return read


def seconds_since(ledger: Connection, instant: datetime | None) -> float:
    """Return how long ago an instant was; 0 for none."""
    if instant is None:
        return 0.0
    return float(ledger.scalar(select(func.extract("epoch", func.clock_timestamp() - instant))) or 0.0)
