"""Constraints that were added NOT VALID and never validated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A constraint of a table."""

    table: str
    name: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: older rows may break it, and the planner may not rely on it."""
    for row in rows:
        yield Finding(
            "invalid_constraints",
            "warning",
            f"{row.table}.{row.name}",
            f"Constraint {row.name} of {row.table} was never validated: older rows may break it.",
            cure=f"ALTER TABLE {row.table} VALIDATE CONSTRAINT {row.name};",
        )
