"""Prepared transactions that nobody decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction of two phases that waits for its second; the identifier is quoted."""

    gid: str
    owner: str
    database: str
    seconds: float


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report those that no coordinator has ended in time."""
    for row in rows:
        if row.seconds < policy.prepared_transaction_s:
            continue
        yield Finding(
            "prepared_transactions",
            "critical",
            row.gid,
            f"Prepared transaction {row.gid} of {row.owner} in {row.database} has waited for {row.seconds:.0f} s: it"
            " holds"
            " its locks through restarts, and keeps vacuum from what died since.",
            {"seconds": row.seconds},
            f"ROLLBACK PREPARED {row.gid}; -- in database {row.database}, once its coordinator is known to have given"
            " up",
        )
