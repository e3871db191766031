"""Where autovacuum was switched off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """The server (without a name) or a table."""

    name: str | None


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: dead rows pile up there, and statistics grow stale."""
    for row in rows:
        yield Finding(
            "autovacuum_off",
            "warning" if row.name else "critical",
            row.name or "server",
            f"Autovacuum is off for {row.name}." if row.name else "Autovacuum is off for the whole server.",
            cure=f"ALTER TABLE {row.name} RESET (autovacuum_enabled);"
            if row.name
            else "ALTER SYSTEM RESET autovacuum; SELECT pg_reload_conf();",
        )
