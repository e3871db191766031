"""Tables partitioned by time that will soon have no partition for what comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A partitioned table, where its last partition ends, where one of the same width would, and its default's rows."""

    name: str
    ends: datetime
    next_ends: datetime
    now: datetime
    upper: str
    next_upper: str
    default_rows: int
    default_name: str | None


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report tables without a partition for the coming period, and rows that found none."""
    for row in rows:
        width = row.next_ends - row.ends
        if row.default_name and row.default_rows:
            yield _fell_through(row)
        # One that ended long ago is a finished history, not a forgotten partition.
        if row.now - 3 * width < row.ends < row.now + min(width, timedelta(seconds=policy.partition_ahead_s)):
            yield _ends(row)


def _ends(row: Row) -> Finding:
    over = row.ends <= row.now
    refused = "rows are refused" if row.default_name is None else f"rows go to {row.default_name}"
    return Finding(
        "partitions_ahead",
        "critical" if over and row.default_name is None else "warning",
        row.name,
        f"The last partition of {row.name} {'ended' if over else 'ends'} at {row.upper}; {'now' if over else 'then'}"
        f" {refused}.",
        {"hours_left": (row.ends - row.now).total_seconds() / 3600},
        f"CREATE TABLE {_partition(row)} PARTITION OF {row.name} FOR VALUES FROM ('{row.upper}') TO"
        f" ('{row.next_upper}');",
    )


def _partition(row: Row) -> str:
    schema, _, table = row.name.rpartition(".")
    bare = table[1:-1] if table.startswith('"') else table
    return f'{schema}."{bare}_{row.ends:%Y%m%d}"'


def _fell_through(row: Row) -> Finding:
    return Finding(
        "partitions_ahead",
        "warning",
        str(row.default_name),
        f"{row.default_rows} rows of {row.name} found no partition and stand in {row.default_name}: they are read"
        " whatever"
        " the period, and no partition can be made for them until they are moved.",
        {"rows": row.default_rows},
        f"-- Detach {row.default_name}, make the partitions that are missing, and insert its rows into {row.name}"
        " again.",
    )
