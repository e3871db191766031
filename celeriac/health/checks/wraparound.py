"""How near a database is to the end of its transaction numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A database's oldest number of a kind, from when on autovacuum forces a freeze, and this database's oldest"
    " table."""

    database: str
    kind: str
    age: int
    freeze_max_age: int
    table: str | None


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report databases whose freezing does not keep up."""
    for row in rows:
        # A server may be set to freeze late; a tenth beyond that it is late by its own measure.
        if row.age < max(policy.wraparound_warning_age, 1.1 * row.freeze_max_age):
            continue
        left = 2**31 - row.age
        yield Finding(
            "wraparound",
            "critical" if row.age >= policy.wraparound_critical_age else "warning",
            f"{row.database} ({row.kind})",
            f"Database {row.database} has {left / 1e6:.0f} million {row.kind} left before it takes no more writes"
            + (f"; {row.table} is the oldest." if row.table else "."),
            {"age": row.age, "left": left},
            f"VACUUM (FREEZE, VERBOSE) {row.table};"
            if row.table
            else f"-- In database {row.database}: VACUUM (FREEZE); and end what holds old snapshots.",
        )
