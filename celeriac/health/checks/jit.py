"""Compilation that takes more time than it can spare."""

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
    """Time of this database's statements, and the part of it that went into compiling them."""

    enabled: bool
    compile_ms: float | None
    """Not counted before pg_stat_statements 1.10."""
    total_ms: float
    above_cost: float


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Read the extension, wherever it is installed."""
    yield from rows_in(statements_query(connection, __file__, "jit"), Row, connection, policy)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a database that compiles short statements."""
    for row in rows:
        if not row.enabled:
            continue
        if row.compile_ms is None:
            yield Finding("jit", "skipped", "", "Not looked at: pg_stat_statements counts it from version 1.10 on.")
        elif row.total_ms >= policy.jit_min_ms and row.compile_ms / row.total_ms >= policy.jit_ratio:
            yield Finding(
                "jit",
                "warning",
                "database",
                f"{row.compile_ms / row.total_ms:.0%} of all execution time went into compiling statements (JIT).",
                {"compile_ms": row.compile_ms, "total_ms": row.total_ms},
                f"ALTER SYSTEM SET jit_above_cost = {max(row.above_cost, 100_000) * 10:.0f}; SELECT pg_reload_conf();"
                " -- or jit = off",
            )
