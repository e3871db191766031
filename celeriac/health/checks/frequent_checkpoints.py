"""Checkpoints that come because WAL is full, not because it is time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Checkpoints since the counters began, and what bounds the WAL between two."""

    timed: int
    requested: int
    seconds: float
    max_wal_mb: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a server whose WAL is too small for its writes."""
    for row in rows:
        count = row.timed + row.requested
        if count < policy.checkpoints_min or row.requested / count < policy.checkpoints_requested_ratio:
            continue
        yield Finding(
            "frequent_checkpoints",
            "warning",
            "server",
            f"{row.requested} of {count} checkpoints came before their time, one each {row.seconds / count / 60:.1f}"
            " min: the"
            f" writes fill max_wal_size ({row.max_wal_mb} MB), and each checkpoint makes every page be logged in full"
            " again.",
            {"requested": row.requested, "timed": row.timed, "seconds_between": row.seconds / count},
            f"ALTER SYSTEM SET max_wal_size = '{row.max_wal_mb * 2}MB'; SELECT pg_reload_conf();",
        )
