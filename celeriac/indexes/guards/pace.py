"""So many changes a day and so many bytes a week, however good each one looks."""

from dataclasses import dataclass

from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import MIB, GuardPolicy
from celeriac.sql import load
from celeriac.supervision.outcome import Clear, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Done:
    """What was begun lately."""

    changes_in_a_day: int
    bytes_in_a_week: int


def check(context: Context) -> Outcome:
    """Refuse beyond the pace that was set."""
    row = context.ledger.execute(
        load(__file__, "pace"), {"target": context.change.target, "change_id": context.change.id}
    ).one()
    return decide(Done(**row._asdict()), context.expected_bytes, context.policy)


def decide(done: Done, expected_bytes: int, policy: GuardPolicy) -> Outcome:
    """Refuse when the day's changes or the week's bytes are spent."""
    if done.changes_in_a_day >= policy.max_changes_per_day:
        return Refused("pace", f"{done.changes_in_a_day} changes were begun within a day; the limit is reached")
    if done.bytes_in_a_week + expected_bytes > policy.max_bytes_per_week:
        return Refused(
            "pace",
            f"{done.bytes_in_a_week / MIB:.0f} MiB were built within a week and this takes about "
            f"{expected_bytes / MIB:.0f} more; the limit is {policy.max_bytes_per_week / MIB:.0f} MiB",
        )
    return Clear()
