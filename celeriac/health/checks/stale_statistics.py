"""Tables that the planner knows from long ago, or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A table, what changed since it was analyzed, and from how much on autoanalyze comes."""

    name: str
    rows: int
    changed: int
    threshold: float
    never: bool
    partitioned: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report tables without statistics, and those that changed far beyond the threshold."""
    for row in rows:
        if not row.never and row.changed < policy.stale_thresholds * row.threshold:
            continue
        if row.partitioned:
            sentence = f"{row.name} has no statistics over its partitions: autoanalyze never comes to the whole."
        elif row.never:
            sentence = f"{row.name} ({row.rows} rows) was never analyzed: the planner guesses."
        else:
            sentence = f"{row.changed} of {row.rows} rows of {row.name} changed since it was analyzed."
        yield Finding(
            "stale_statistics",
            "warning",
            row.name,
            sentence,
            {"rows": row.rows, "changed": row.changed},
            f"ANALYZE {row.name};",
        )
