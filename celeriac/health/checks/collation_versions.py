"""Orders of text that the system's library has changed under the indexes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A collation, or the database's own (without a name), as it was when indexes were built and as it is."""

    name: str | None
    recorded: str
    actual: str
    database: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: indexes over text may miss rows, and unique ones may let twins in."""
    for row in rows:
        subject = f"collation {row.name}" if row.name else f"database {row.database}"
        refresh = f"{subject} REFRESH VERSION" if row.name else f"{subject} REFRESH COLLATION VERSION"
        yield Finding(
            "collation_versions",
            "critical",
            subject,
            f"The order of {subject} was version {row.recorded} when its indexes were built and is {row.actual} now:"
            " indexes"
            " over text may miss rows.",
            cure=f"REINDEX DATABASE {row.database}; ALTER {refresh};",
        )
