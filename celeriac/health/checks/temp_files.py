"""Sorts and hashes that go to disk for lack of memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Temporary files of this database since its counters began."""

    files: int
    bytes: int
    seconds: float
    work_mem_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a database that spills much; the first hour counts as a whole one."""
    for row in rows:
        per_hour = row.bytes / max(row.seconds / 3600, 1.0)
        if not row.files or per_hour < policy.temp_bytes_per_hour:
            continue
        mean = row.bytes / row.files
        yield Finding(
            "temp_files",
            "warning",
            "database",
            f"{per_hour / MIB:.0f} MiB an hour go to temporary files of {mean / MIB:.0f} MiB on average, since"
            " work_mem is"
            f" {row.work_mem_bytes / MIB:.0f} MiB.",
            {"bytes_per_hour": per_hour, "mean_bytes": mean, "work_mem_bytes": row.work_mem_bytes},
            f"-- For the role that needs it: ALTER ROLE … SET work_mem = '{enough_mb(mean, row.work_mem_bytes)}MB';"
            " every sort of every session may take so much.",
        )


def enough_mb(mean_bytes: float, work_mem_bytes: int) -> int:
    """Return a power of two: in memory rows take about twice the room that they take in a file.

    >>> enough_mb(20 * MIB, 4 * MIB), enough_mb(1 * MIB, 4 * MIB)
    (64, 8)
    """
    wanted, size_mb = 2 * max(mean_bytes, work_mem_bytes), 1
    while size_mb * MIB < wanted:
        size_mb *= 2
    return size_mb
