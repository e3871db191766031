"""How far a statement is, as PostgreSQL itself reports it.

https://www.postgresql.org/docs/current/progress-reporting.html
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.sql import load


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an index build, a vacuum or an analyze is."""

    phase: str
    """As PostgreSQL names it, such as "building index: scanning table"."""
    percent: float
    """Of the phase."""
    waits_for: int | None = None
    """The process that a build waits for."""


def read(watch: Connection, pid: int) -> Progress | None:
    """Return how far the statement of one backend is; None while PostgreSQL says nothing of it."""
    row = watch.execute(load(__file__, "progress"), {"pid": pid}).first()
    return None if row is None else Progress(row.phase, round(row.percent, 1), row.waits_for)
