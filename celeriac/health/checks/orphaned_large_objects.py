"""Large objects that no column can refer to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Large objects in a database that has no column for their numbers; at most 10,000 are counted."""

    objects: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report them: nobody can find them again."""
    for row in rows:
        if row.objects:
            yield Finding(
                "orphaned_large_objects",
                "warning",
                "database",
                f"{row.objects} large objects are stored, and no column of any table could refer to one.",
                {"objects": row.objects},
                "-- vacuumlo removes what nothing refers to: vacuumlo --dry-run, then without.",
            )
