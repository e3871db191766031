"""Large tables that are mostly read from end to end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A table, how it was read, and how many rows it has."""

    name: str
    rows: int
    sequential_scans: int
    index_scans: int
    rows_read: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report tables that seem to lack an index."""
    for row in rows:
        used = row.index_scans / (row.index_scans + row.sequential_scans)
        if used >= policy.index_use_ratio:
            continue
        yield Finding(
            "sequential_reads",
            "warning",
            row.name,
            f"{row.name} ({row.rows} rows) was read from end to end {row.sequential_scans} times; only {used:.0%} of"
            " its"
            " reads used an index.",
            {"index_use_ratio": used, "rows_read": row.rows_read, "sequential_scans": row.sequential_scans},
            "-- `celeriac recommend` says which index the statements that read it lack.",
        )
