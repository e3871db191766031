"""Foreign keys whose table has no index that finds their rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A foreign key, and what an index on it would be."""

    table: str
    name: str
    columns: str
    table_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: a delete or key update on the other side reads the whole table."""
    for row in rows:
        yield Finding(
            "unindexed_foreign_keys",
            "warning",
            f"{row.table}.{row.name}",
            f"Foreign key {row.name} has no index on {row.table} ({row.columns}): each delete of what it refers to"
            " reads the whole table.",
            {"table_bytes": row.table_bytes},
            f"CREATE INDEX CONCURRENTLY ON {row.table} ({row.columns});",
        )
