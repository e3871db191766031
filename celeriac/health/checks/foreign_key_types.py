"""Foreign keys of another type than what they refer to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A column, the column that it refers to, and both types."""

    table: str
    column: str
    type: str
    referenced: str
    referenced_type: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: one of the two ends before the other, and joins have to convert."""
    for row in rows:
        yield Finding(
            "foreign_key_types",
            "warning",
            f"{row.table}.{row.column}",
            f"{row.table}.{row.column} is {row.type} and refers to {row.referenced}, which is {row.referenced_type}.",
            cure=f"ALTER TABLE {row.table} ALTER COLUMN {row.column} TYPE {row.referenced_type}; -- rewrites it, under"
            " a lock",
        )
