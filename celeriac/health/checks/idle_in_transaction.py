"""Transactions that were begun and left open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A session, and since when it is so."""

    pid: int
    username: str
    seconds: float
    query: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report those left open for too long."""
    for row in rows:
        if row.seconds < policy.idle_in_transaction_s:
            continue
        yield Finding(
            "idle_in_transaction",
            "warning",
            f"pid {row.pid}",
            f"Session {row.pid} of {row.username} has left a transaction open for {row.seconds:.0f} s,"
            f" after: {row.query}",
            {"seconds": row.seconds},
            f"SELECT pg_terminate_backend({row.pid});",
        )
