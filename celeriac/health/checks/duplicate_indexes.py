"""Indexes whose work another one does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """An index, and the one that covers it."""

    name: str
    covered_by: str
    size_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each index that another one makes needless."""
    for row in rows:
        yield Finding(
            "duplicate_indexes",
            "warning",
            row.name,
            f"Index {row.name} is covered by {row.covered_by}: it only takes writes and space.",
            {"size_bytes": row.size_bytes},
            f"DROP INDEX CONCURRENTLY {row.name};",
        )
