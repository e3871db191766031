"""Columns that belong together, which the planner takes to be independent."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

from sqlalchemy import Connection, text

from celeriac import sql
from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.measured import statements_query
from celeriac.health.policy import HealthPolicy
from celeriac.health.reading import rows_in, rows_of
from celeriac.health.together import Pair, Weighed, together

COMMONEST: Final = 3
"""Pairs of values of which the planner is asked."""


@dataclass(frozen=True, slots=True)
class Table:
    """Two columns of a table, quoted, and what a sample of it needs."""

    name: str
    bare: str
    first: str
    second: str
    first_type: str
    second_type: str
    rows: float
    pages: int


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of columns, with the rows that are expected and those that are there, for values that are common."""

    table: Table
    expected: float
    found: float

    @property
    def times_off(self) -> float:
        """By what factor the planner is off, in either direction."""
        ratio = max(self.found, 1.0) / max(self.expected, 1.0)
        return max(ratio, 1 / ratio)


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:  # noqa: ARG001 - one signature
    """Take common values of the pairs that statements compare from a sample, and ask the planner about them."""
    ends_s = time.monotonic() + policy.check_timeout_ms / 1000
    dearest = tuple(rows_in(statements_query(connection, __file__, "dearest_statements"), Weighed, connection, policy))
    tables = (table for pair in together(connection, dearest) for table in _find(connection, policy, pair))
    for _, table in zip(range(policy.misestimate_pairs), tables, strict=False):
        yield from _compare(connection, policy, table)
        if time.monotonic() > ends_s:  # each statement has its time, and so has the check
            return


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report pairs of which the planner is far off."""
    for row in rows:
        if row.times_off >= policy.misestimate_ratio:
            yield _finding(row, row.table)


def _finding(row: Row, table: Table) -> Finding:
    columns = f"{table.first}, {table.second}"
    name = '"{}_stats"'.format("_".join(part.strip('"') for part in (table.bare, table.first, table.second))[:50])
    return Finding(
        "extended_statistics",
        "warning",
        f"{table.name} ({columns})",
        f"For common values of {columns} in {table.name} the planner expects {row.expected:.0f} rows and about"
        f" {row.found:.0f} are there: it takes the columns to be independent.",
        {"expected": row.expected, "found": row.found, "times_off": row.times_off},
        f"CREATE STATISTICS {name} (ndistinct, dependencies, mcv) ON {columns} FROM {table.name}; ANALYZE"
        f" {table.name};",
    )


def _find(connection: Connection, policy: HealthPolicy, pair: Pair) -> Iterator[Table]:
    """Yield the table, unless it may not be read, has no statistics, or has such statistics already."""
    return rows_of(
        __file__, "extended_statistics", Table, connection, policy,
        schema=pair.schema, table=pair.table, first=pair.first, second=pair.second,
    )  # fmt: skip


def _compare(connection: Connection, policy: HealthPolicy, table: Table) -> Iterator[Row]:
    """Yield the value pair whose error is the middle one: a single odd value is no reason."""
    compared = sorted(
        (
            Row(table, _expected(connection, table, one), one.share * table.rows)
            for one in _common(connection, policy, table)
        ),
        key=lambda row: log(row.times_off),
    )
    if compared:
        yield compared[len(compared) // 2]


def _common(connection: Connection, policy: HealthPolicy, table: Table) -> Sequence[Any]:
    """Return the commonest pairs of a sample of pages, each with its share of the rows; seldom ones tell nothing."""
    statement = (  # the names come quoted from the catalog
        f"SELECT CAST({table.first} AS text) AS first, CAST({table.second} AS text) AS second,"  # noqa: S608
        " count(*) / max(sample.rows)::float8 AS share"
        f" FROM (SELECT {table.first}, {table.second}, count(*) OVER () AS rows"
        f" FROM {table.name} TABLESAMPLE SYSTEM (:percent)) AS sample"
        f" WHERE {table.first} IS NOT NULL AND {table.second} IS NOT NULL"
        " GROUP BY 1, 2 HAVING count(*) >= 20 ORDER BY count(*) DESC, 1, 2 LIMIT :commonest"
    )
    percent = min(100.0, 100.0 * policy.misestimate_pages / max(table.pages, 1))
    query = text(sql.sign("extended_statistics", statement))
    return connection.execute(query, {"percent": percent, "commonest": COMMONEST}).all()


def _expected(connection: Connection, table: Table, values: Any) -> float:
    statement = (
        f"EXPLAIN (FORMAT JSON) SELECT FROM {table.name}"
        f" WHERE {table.first} = CAST(:first AS {table.first_type})"
        f" AND {table.second} = CAST(:second AS {table.second_type})"
    )
    query = text(sql.sign("extended_statistics", statement))
    plan: Any = connection.execute(query, {"first": values.first, "second": values.second}).scalar_one()
    return float(plan[0]["Plan"]["Plan Rows"])
