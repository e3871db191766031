"""One index build at a time in a database, whoever runs it: two share disk and memory, and wait for each other."""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Build:
    """A CREATE INDEX or REINDEX that is running."""

    pid: int
    table_name: str | None


def check(context: Context) -> Outcome:
    """Refuse while another session builds an index in this database."""
    rows = context.target.execute(load(__file__, "other_builds"), {"own_pid": context.own_pid or 0})
    return decide(tuple(Build(**row._asdict()) for row in rows))


def decide(builds: tuple[Build, ...]) -> Outcome:
    """Refuse with the other builder's process id."""
    if not builds:
        return Clear()
    other = builds[0]
    where = f" on {other.table_name}" if other.table_name else ""
    return Refused("other builds", f"process {other.pid} is building an index{where}")
