"""Applications that work as superuser."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A superuser role, the application that uses it, and by how many sessions."""

    role: str
    application: str
    sessions: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: whoever gets into the application owns the machine."""
    for row in rows:
        yield Finding(
            "superuser_sessions",
            "warning",
            f"{row.role} ({row.application})",
            f"Superuser {row.role} is used by {row.application} ({row.sessions} sessions): one injected statement"
            " reads files"
            " and runs programs on the server.",
            {"sessions": row.sessions},
            "-- Give the application a role of its own: NOSUPERUSER, and only the grants it needs.",
        )
