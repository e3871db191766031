"""Sequences near the end of what their column can hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence, and the last value that both it and its column allow."""

    name: str
    last_value: int
    limit_value: int
    column_name: str | None
    column_type: str | None
    readable: bool
    role: str
    """Ours, quoted."""


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report sequences that will soon refuse a value, and how many may not be read."""
    if hidden := [row for row in rows if not row.readable]:
        yield Finding(
            "sequences",
            "skipped",
            "unreadable sequences",
            f"Not looked at: {len(hidden)} sequences may not be read, such as {hidden[0].name}.",
            cure=f"GRANT SELECT ON SEQUENCE {', '.join(row.name for row in hidden[:50])} TO {hidden[0].role};",
        )
    for row in (row for row in rows if row.readable):
        ratio = row.last_value / row.limit_value
        if ratio < policy.sequence_warning_ratio:
            continue
        yield Finding(
            "sequences",
            "critical" if ratio >= policy.sequence_critical_ratio else "warning",
            row.name,
            f"Sequence {row.name} has used {ratio:.0%} of the {row.limit_value} values that fit.",
            {"last_value": row.last_value, "limit_value": row.limit_value},
            f"-- Widen {row.column_name} from {row.column_type}; the change of type rewrites the table under a lock."
            if row.column_name
            else f"ALTER SEQUENCE {row.name} NO MAXVALUE;",
        )
