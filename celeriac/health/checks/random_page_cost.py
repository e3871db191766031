"""A planner that takes flash for a turning disk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """The cost of a random page beside one in order, and how fast blocks were read."""

    random: float
    sequential: float
    blocks: int
    read_ms: float
    timed: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a cost that the measured reads contradict."""
    for row in rows:
        if row.random <= 2 * row.sequential:
            continue
        if not row.timed:
            yield _cannot_tell("reads are not timed", "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();")
        elif row.blocks < policy.fast_read_min_blocks:
            yield _cannot_tell(f"only {row.blocks} blocks were read so far")
        elif row.read_ms / row.blocks <= policy.fast_read_ms:
            yield Finding(
                "random_page_cost",
                "warning",
                "server",
                f"random_page_cost is {row.random:g}, as for a turning disk, but a block was read in"
                f" {row.read_ms / row.blocks:.2f} ms on average: the planner shuns indexes that would be faster.",
                {"random_page_cost": row.random, "read_ms": row.read_ms / row.blocks},
                f"ALTER SYSTEM SET random_page_cost = {1.1 * row.sequential:g}; SELECT pg_reload_conf();",
            )


def _cannot_tell(reason: str, cure: str | None = None) -> Finding:
    return Finding("random_page_cost", "skipped", "", f"Not looked at: {reason}.", cure=cure)
