"""Tables where vacuum cannot keep up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A table's dead rows, and from how many on autovacuum comes."""

    name: str
    live: int
    dead: int
    threshold: float
    vacuumed_s: float | None
    """Since the last vacuum that ended; None where there was none."""


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report those that are far beyond their threshold."""
    for row in rows:
        times = row.dead / row.threshold
        if times < policy.dead_rows_thresholds:
            continue
        last = "never vacuumed" if row.vacuumed_s is None else f"last vacuumed {row.vacuumed_s / 3600:.1f} h ago"
        yield Finding(
            "dead_rows",
            "warning",
            row.name,
            f"{row.name} has {row.dead} dead rows beside {row.live}, {times:.0f} times the threshold at which"
            " autovacuum"
            f" comes ({last}): it does not keep up.",
            {"dead": row.dead, "live": row.live, "thresholds": times},
            f"VACUUM (ANALYZE) {row.name}; -- then more often: ALTER TABLE {row.name} SET"
            " (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);",
        )
