"""Settings under which a crash loses or destroys data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A setting that is off."""

    name: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each."""
    for row in rows:
        yield Finding(
            "durability",
            "critical",
            row.name,
            f"{row.name} is off: after a crash of the machine the database may be beyond repair.",
            cure=f"ALTER SYSTEM SET {row.name} = on; SELECT pg_reload_conf();",
        )
