"""Tables whose rows nothing tells apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A table without primary key, and whether its changes are published."""

    name: str
    published: bool


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each; where its changes are published, updates and deletes fail."""
    for row in rows:
        yield Finding(
            "missing_primary_keys",
            "critical" if row.published else "warning",
            row.name,
            f"{row.name} has no primary key"
            + (
                " and is published: its updates and deletes fail."
                if row.published
                else ": no row can be told from another."
            ),
            cure=f"ALTER TABLE {row.name} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; -- rewrites"
            " it",
        )
