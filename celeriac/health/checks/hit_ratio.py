"""How much of what is read is found in PostgreSQL's own buffers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Blocks of all tables or all indexes since the counters began, and the relation that read the most."""

    kind: str
    hit: int
    read: int
    worst: str | None


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report tables or indexes whose blocks are often asked from the system."""
    for row in rows:
        blocks = row.hit + row.read
        if blocks < policy.hit_ratio_min_blocks or row.hit / blocks >= policy.hit_ratio:
            continue
        yield Finding(
            "hit_ratio",
            "warning",
            row.kind,
            f"{row.hit / blocks:.1%} of the blocks of {row.kind} were found in shared_buffers; {row.worst} reads the"
            " most.",
            {"hit_ratio": row.hit / blocks, "hit": row.hit, "read": row.read},
            "-- `celeriac recommend` for what reads too much; then a larger shared_buffers (a restart).",
        )
