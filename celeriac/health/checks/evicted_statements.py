"""Statements that pg_stat_statements forgets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.measured import statements_query
from celeriac.health.policy import HealthPolicy
from celeriac.health.reading import rows_in


@dataclass(frozen=True, slots=True)
class Row:
    """Evictions since a reset, and how full it is."""

    evicted: int | None
    """Not counted before its version 1.9."""
    seconds: float | None
    statements: int
    most: int


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the extension, wherever it is installed."""
    yield from rows_in(statements_query(connection, __file__, "evicted_statements"), Row, connection, policy)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report one that is too small for the application."""
    for row in rows:
        # It evicts a twentieth at once, and at least ten, and is fuller than that ever after.
        fills_again = row.statements > row.most - max(10, 0.05 * row.most)
        per_hour = (row.evicted or 0) / max((row.seconds or 0.0) / 3600, 1.0)
        full = row.evicted is None and fills_again
        if per_hour < policy.evictions_per_hour and not full:
            continue
        told = "is full" if row.evicted is None else f"forgets about {per_hour:.0f} an hour"
        yield Finding(
            "evicted_statements",
            "warning",
            "server",
            f"pg_stat_statements keeps {row.most} statements and {told}: what is measured has holes.",
            {"evicted_per_hour": per_hour, "statements": row.statements, "most": row.most},
            f"ALTER SYSTEM SET pg_stat_statements.max = {row.most * 2}; -- needs a restart; first see whether texts"
            " differ in"
            " nothing but the length of IN lists",
        )
