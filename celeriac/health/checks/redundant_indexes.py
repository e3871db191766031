"""Indexes whose columns a longer one begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """An index, and the one that begins with it."""

    name: str
    covered_by: str
    size_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each index that a longer one makes needless."""
    for row in rows:
        yield Finding(
            "redundant_indexes",
            "warning",
            row.name,
            f"Index {row.name} is the beginning of {row.covered_by}: it takes writes and space for what the other"
            " finds.",
            {"size_bytes": row.size_bytes},
            f"DROP INDEX CONCURRENTLY {row.name};",
        )
