"""Tables that no replica has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """An unlogged table of a server that has replicas."""

    name: str
    size_bytes: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: it is empty on the replicas, and after a failover."""
    for row in rows:
        yield Finding(
            "unlogged_tables",
            "warning",
            row.name,
            f"{row.name} is unlogged: replicas cannot read it, and after a crash or a failover it is empty.",
            {"size_bytes": row.size_bytes},
            f"ALTER TABLE {row.name} SET LOGGED;",
        )
