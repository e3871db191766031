"""Tables that take much more space than their rows need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.policy import MIB, HealthPolicy
from celeriac.health.reading import rows_of

MEASURED: Final = 3
"""Tables that are measured in one round where pgstattuple is there; the others are estimated."""
_MEASURE = "SELECT (approx_free_space + dead_tuple_len)::bigint FROM {function}(CAST(:oid AS oid)::regclass)"
_FUNCTION = text(
    sql.sign(
        "table_bloat",
        "SELECT p.oid::regproc::text FROM pg_proc AS p INNER JOIN pg_extension AS e ON e.extnamespace = p.pronamespace"
        " WHERE e.extname = 'pgstattuple' AND p.proname = 'pgstattuple_approx' AND has_function_privilege(p.oid,"
        " 'EXECUTE')",
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """A table, and how much of it is empty: estimated from statistics, or measured."""

    oid: int
    name: str
    size_bytes: int
    wasted_bytes: int
    measured: bool = False


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Estimate every large table, and measure those that look worst."""
    rows = tuple(rows_of(__file__, "table_bloat", Row, connection, policy))
    worst = sorted((row for row in rows if _bloated(row, policy)), key=lambda row: -row.wasted_bytes)
    function = connection.scalar(_FUNCTION) if worst else None
    for place, row in enumerate(worst):
        yield _measured(connection, row, function, policy) if function and place < MEASURED else row


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report those that are to a large part empty."""
    for row in rows:
        if not _bloated(row, policy):
            continue
        yield Finding(
            "table_bloat",
            "warning",
            row.name,
            f"{'' if row.measured else 'About '}{row.wasted_bytes / MIB:.0f} of the {row.size_bytes / MIB:.0f} MiB of"
            f" {row.name} are empty: reading it touches more blocks than it need.",
            {"size_bytes": row.size_bytes, "wasted_bytes": row.wasted_bytes},
            f"-- New rows fill the space. To give it back: VACUUM FULL {row.name}; under a lock on all of it, or"
            " pg_repack.",
        )


def _bloated(row: Row, policy: HealthPolicy) -> bool:
    return row.wasted_bytes >= max(policy.bloat_min_bytes, policy.bloat_ratio * row.size_bytes)


def _measured(connection: Connection, row: Row, function: str, policy: HealthPolicy) -> Row:
    query = text(sql.sign("table_bloat", _MEASURE.format(function=function)))
    try:
        with sql.bounded(connection, policy.bloat_measure_timeout_ms):
            wasted = connection.execute(query, {"oid": row.oid}).scalar_one()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return row  # it takes too long: the estimate stands
    return replace(row, wasted_bytes=wasted, measured=True)
