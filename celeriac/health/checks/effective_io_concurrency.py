"""Storage that could read ahead and is not asked to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy

ENOUGH: Final = 16
"""PostgreSQL's own default since 18."""


@dataclass(frozen=True, slots=True)
class Row:
    """How many reads are asked for at once, and how fast blocks were read."""

    concurrency: int
    blocks: int
    read_ms: float
    timed: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a bound that is too low for storage that was measured to be fast."""
    for row in rows:
        if row.concurrency >= ENOUGH:
            continue
        if not row.timed:
            yield _cannot_tell("reads are not timed", "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();")
        elif row.blocks < policy.fast_read_min_blocks:
            yield _cannot_tell(f"only {row.blocks} blocks were read so far")
        elif row.read_ms / row.blocks <= policy.fast_read_ms:
            yield Finding(
                "effective_io_concurrency",
                "warning",
                "server",
                f"effective_io_concurrency is {row.concurrency}: bitmap scans wait for one block after another, on"
                " storage that"
                f" reads one in {row.read_ms / row.blocks:.2f} ms and could read many at once.",
                {"effective_io_concurrency": row.concurrency, "read_ms": row.read_ms / row.blocks},
                "ALTER SYSTEM SET effective_io_concurrency = 200; SELECT pg_reload_conf();",
            )


def _cannot_tell(reason: str, cure: str | None = None) -> Finding:
    return Finding("effective_io_concurrency", "skipped", "", f"Not looked at: {reason}.", cure=cure)
