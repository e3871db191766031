"""B-trees that take much more space than their rows need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import MIB, HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """An index as it is, and what its rows would take when freshly built; the estimate leans towards more."""

    name: str
    size_bytes: int
    needed_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report those that a rebuild would make much smaller."""
    for row in rows:
        wasted = row.size_bytes - row.needed_bytes
        if wasted < policy.bloat_min_bytes or wasted < policy.bloat_ratio * row.size_bytes:
            continue
        yield Finding(
            "index_bloat",
            "warning",
            row.name,
            f"About {wasted / MIB:.0f} of the {row.size_bytes / MIB:.0f} MiB of index {row.name} are empty: every read"
            " of it touches more blocks than it need.",
            {"size_bytes": row.size_bytes, "wasted_bytes": wasted},
            f"REINDEX INDEX CONCURRENTLY {row.name};",
        )
