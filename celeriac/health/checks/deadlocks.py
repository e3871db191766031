"""Transactions that lock each other out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Deadlocks of this database since its counters began."""

    deadlocks: int
    seconds: float


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report them where they come often; the first day counts as a whole one."""
    for row in rows:
        per_day = row.deadlocks / max(row.seconds / 86_400, 1.0)
        if not row.deadlocks or per_day < policy.deadlocks_per_day:
            continue
        yield Finding(
            "deadlocks",
            "warning",
            "database",
            f"{per_day:.1f} transactions a day fail in a deadlock ({row.deadlocks} since the counters began).",
            {"deadlocks": row.deadlocks, "per_day": per_day},
            "-- Lock rows in one order everywhere (ORDER BY the key, FOR UPDATE); the server's log names both"
            " statements.",
        )
