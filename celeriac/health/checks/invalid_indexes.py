"""Indexes that no plan may use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """An invalid index that nobody is building."""

    name: str
    size_bytes: int
    written: bool
    partitioned: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: what a build left behind that did not end."""
    for row in rows:
        if row.partitioned:
            yield _incomplete(row)
            continue
        cost = "and every write still maintains it" if row.written else "and it only takes space"
        yield Finding(
            "invalid_indexes",
            "warning",
            row.name,
            f"Index {row.name} is invalid: no plan uses it, {cost}.",
            {"size_bytes": row.size_bytes},
            f"DROP INDEX CONCURRENTLY {row.name}; -- or: REINDEX INDEX CONCURRENTLY {row.name};",
        )


def _incomplete(row: Row) -> Finding:
    return Finding(
        "invalid_indexes",
        "warning",
        row.name,
        f"Index {row.name} of a partitioned table is incomplete: at least one partition has none of its kind.",
        cure=f"-- CREATE INDEX CONCURRENTLY on each partition without, then ALTER INDEX {row.name} ATTACH PARTITION",
    )
