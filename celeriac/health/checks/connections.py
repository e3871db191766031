"""How near the server is to refusing connections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Connections in use, and those that an ordinary role may have."""

    used: int
    allowed: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report a server that will soon refuse connections."""
    for row in rows:
        ratio = row.used / row.allowed
        if ratio < policy.connections_warning_ratio:
            continue
        yield Finding(
            "connections",
            "critical" if ratio >= policy.connections_critical_ratio else "warning",
            "server",
            f"{row.used} of {row.allowed} connections are in use.",
            {"used": row.used, "allowed": row.allowed},
            "-- Put a pooler in front of the server, or close what is idle; a higher max_connections needs a restart.",
        )
