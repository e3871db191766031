"""Replication slots that keep WAL for nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A slot without a consumer, and what is kept for it; the name is quoted."""

    name: str
    kind: str
    kept_bytes: int
    status: str | None
    """As wal_status: reserved, extended, unreserved, lost."""
    inactive_s: float | None
    """Told since PostgreSQL 17."""


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report each; critical where its WAL may fill the disk, or is lost already."""
    for row in rows:
        lost = row.status in ("lost", "unreserved")
        since = "" if row.inactive_s is None else f" for {row.inactive_s / 3600:.1f} h"
        yield Finding(
            "inactive_slots",
            "critical" if lost or row.kept_bytes >= policy.slot_critical_bytes else "warning",
            row.name,
            f"The {row.kind} slot {row.name} has had no consumer{since}"
            + (
                f": its WAL is {row.status}, so it is of no use."
                if lost
                else f", and keeps {row.kept_bytes / MIB:.0f} MiB of WAL that grow until the disk is full."
            ),
            {"kept_bytes": row.kept_bytes},
            f"SELECT pg_drop_replication_slot({row.name}); -- or start its consumer; bound it by"
            " max_slot_wal_keep_size",
        )
