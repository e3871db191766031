"""Statements that run long."""

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
    """Report those that have been running for too long."""
    for row in rows:
        if row.seconds < policy.long_query_s:
            continue
        yield Finding(
            "long_queries",
            "warning",
            f"pid {row.pid}",
            f"Session {row.pid} of {row.username} has been running for {row.seconds:.0f} s: {row.query}",
            {"seconds": row.seconds},
            f"SELECT pg_cancel_backend({row.pid});",
        )
