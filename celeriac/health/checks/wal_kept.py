"""WAL that is kept far beyond what the server was set to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """The folder of WAL, what bounds it, and what is kept there for replicas by setting."""

    size_bytes: int
    limit_bytes: int
    wanted_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a folder that something keeps from being cleared."""
    for row in rows:
        if row.size_bytes - row.wanted_bytes < policy.wal_ratio * row.limit_bytes:
            continue
        yield Finding(
            "wal_kept",
            "warning",
            "server",
            f"WAL takes {row.size_bytes / MIB:.0f} MiB, and max_wal_size is {row.limit_bytes / MIB:.0f}: something"
            " keeps it.",
            {"size_bytes": row.size_bytes, "limit_bytes": row.limit_bytes},
            "-- See inactive_slots, replication_lag and failed_archiving; where all is well there, max_wal_size is too"
            " small.",
        )
