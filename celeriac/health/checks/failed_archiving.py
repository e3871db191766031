"""WAL that does not reach its archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """The archiver of a server that is to archive."""

    failed: int
    failing: bool
    """The last attempt failed."""
    archived_s: float | None
    """Since the last segment that was archived."""


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report an archiver that fails now."""
    for row in rows:
        if not row.failing:
            continue
        last = "none was ever archived" if row.archived_s is None else f"the last one {row.archived_s / 60:.0f} min ago"
        yield Finding(
            "failed_archiving",
            "critical",
            "server",
            f"WAL is not archived ({row.failed} failed attempts; {last}): backups cannot be restored to now, and WAL"
            " piles"
            " up until the disk is full.",
            {"failed": row.failed},
            "-- See the server's log for what archive_command or archive_library says.",
        )
