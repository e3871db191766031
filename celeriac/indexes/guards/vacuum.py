"""A vacuum against wraparound does not yield to us, and must not wait for us; a person's VACUUM neither."""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Vacuum:
    """A vacuum of the table that is running."""

    pid: int
    automatic: bool
    against_wraparound: bool


def check(context: Context) -> Outcome:
    """Refuse while the table is vacuumed by something that keeps its lock."""
    values = {"schema": context.change.schema_name, "table": context.change.table_name}
    rows = context.target.execute(load(__file__, "vacuum"), values)
    return decide(tuple(Vacuum(**row._asdict()) for row in rows))


def decide(vacuums: tuple[Vacuum, ...]) -> Outcome:
    """Refuse for all but a plain autovacuum, which cancels itself when something waits for it."""
    for vacuum in vacuums:
        if vacuum.against_wraparound or not vacuum.automatic:
            what = "a vacuum against wraparound" if vacuum.against_wraparound else "a VACUUM"
            return Refused("vacuum", f"process {vacuum.pid} runs {what} of the table")
    return Clear()
