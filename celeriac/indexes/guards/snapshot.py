"""CONCURRENTLY waits for every older snapshot in the database, also of sessions that never touch the table.

Measured on PostgreSQL 15: a REPEATABLE READ session idle in transaction holds up every concurrent build; the refusal
names the process, for that is who can end it.
"""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import GuardPolicy
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The oldest transaction that a concurrent build would wait for."""

    holder: str
    age_s: float


def check(context: Context) -> Outcome:
    """Refuse while a snapshot is older than the policy allows."""
    values = {
        "own_pid": context.own_pid or 0,
        "schema": context.change.schema_name,
        "table": context.change.table_name,
    }
    row = context.target.execute(load(__file__, "snapshot"), values).first()
    return decide(None if row is None else Snapshot(row.holder, row.age_s), context.policy)


def decide(oldest: Snapshot | None, policy: GuardPolicy) -> Outcome:
    """Refuse with who holds the oldest snapshot."""
    if oldest is None or oldest.age_s <= policy.max_snapshot_age_s:
        return Clear()
    return Refused(
        "snapshot",
        f"{oldest.holder} has had a transaction open for {oldest.age_s:.0f} s and a build would wait for it; "
        f"the limit is {policy.max_snapshot_age_s:.0f} s",
    )
