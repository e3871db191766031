"""A schema in which everyone may create."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A schema that is open to all."""

    name: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report it: a function put there runs under whoever calls its namesake."""
    for row in rows:
        yield Finding(
            "public_schema",
            "warning",
            row.name,
            f"Every role may create in schema {row.name}: a function put there runs with the rights of whoever calls"
            " its"
            " namesake (CVE-2018-1058).",
            cure=f"REVOKE CREATE ON SCHEMA {row.name} FROM PUBLIC;",
        )
