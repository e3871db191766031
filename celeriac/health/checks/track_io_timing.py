"""Reads that nobody times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Whether reads are timed, and how many there were."""

    timed: bool
    blocks: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report a server that cannot tell waiting for its disk from work."""
    for row in rows:
        if not row.timed:
            yield Finding(
                "track_io_timing",
                "warning",
                "server",
                f"track_io_timing is off: {row.blocks} blocks were read and nobody knows in what time, so waiting for"
                " the"
                " disk looks like work.",
                {"blocks": row.blocks},
                "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();",
            )
