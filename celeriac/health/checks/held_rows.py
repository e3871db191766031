"""What keeps vacuum from dead rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A session, a replica or a slot whose snapshot is old; `id` is a pid, or the slot's quoted name."""

    kind: Literal["session", "replica", "slot"]
    id: str
    who: str
    seconds: float | None
    """Of sessions alone."""
    transactions: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report whoever may still see what died long ago."""
    for row in rows:
        if row.seconds is not None and row.seconds >= policy.held_rows_s:
            yield _finding(row, f"holds a snapshot that is {row.seconds / 60:.0f} min old")
        elif row.seconds is None and row.transactions >= policy.held_transactions:
            yield _finding(row, "holds an old snapshot")


def _finding(row: Row, what: str) -> Finding:
    subjects = {"session": f"pid {row.id}", "replica": f"replica {row.who}", "slot": f"slot {row.id}"}
    cures = {
        "session": f"SELECT pg_terminate_backend({row.id});",
        "replica": "-- End the long query on the replica, or turn hot_standby_feedback off there.",
        "slot": f"SELECT pg_drop_replication_slot({row.id}); -- or let its consumer go on",
    }
    evidence = {"transactions": row.transactions} | ({} if row.seconds is None else {"seconds": row.seconds})
    subject = subjects[row.kind]
    return Finding(
        "held_rows",
        "warning",
        subject,
        f"{subject[:1].upper()}{subject[1:]}{f' of {row.who}' if row.kind == 'session' else ''} {what}: vacuum may not"
        f" remove what died in the {row.transactions} transactions since.",
        evidence,
        cures[row.kind],
    )
