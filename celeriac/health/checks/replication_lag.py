"""Replicas that are behind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A replica as its primary sees it, or this server where it is one itself."""

    name: str
    seconds: float | None
    """None where it is not known."""
    bytes: int | None
    connected: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report replicas that lag in time or in bytes, and a replica that has lost its primary."""
    for row in rows:
        seconds, behind = row.seconds or 0.0, row.bytes or 0
        if not row.connected:
            yield Finding(
                "replication_lag",
                "critical",
                row.name,
                f"{row.name} receives nothing from its primary, and is {seconds:.0f} s behind.",
                {"seconds": seconds},
                "-- See its log and primary_conninfo; where the WAL it needs is gone, make it anew (pg_basebackup).",
            )
        elif seconds >= policy.replication_lag_s or behind >= policy.replication_lag_bytes:
            yield Finding(
                "replication_lag",
                "critical" if seconds >= policy.replication_lag_critical_s else "warning",
                row.name,
                f"{row.name} is {seconds:.0f} s and {behind / MIB:.0f} MiB behind.",
                {"seconds": seconds, "bytes": behind},
                "-- See its disk, its network and long queries there (max_standby_streaming_delay).",
            )
