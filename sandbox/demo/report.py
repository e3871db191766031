"""The demo's figures, computed from raw readings of `pg_stat_statements` and from the ledger; no I/O here."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """The cumulative counters of one statement at one instant."""

    query: str
    calls: int
    total_ms: float
    blocks: int


Readings = dict[str, Reading]
"""By the server's queryid, as text so that JSON keeps it."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The four instants that a report is computed from: before the changes and after, each a start and an end."""

    before_start: Readings
    before_end: Readings
    after_start: Readings
    after_end: Readings


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement before and after, on the same traffic."""

    query: str
    calls_before: int
    calls_after: int
    mean_ms_before: float
    mean_ms_after: float
    blocks_per_call_before: float
    blocks_per_call_after: float


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One change that the loop made, and what became of it."""

    ddl: str
    state: str
    reason: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What `make demo` found; `as_json` is what it writes to demo-report.json."""

    seconds: float
    statements: tuple[StatementRow, ...]
    weighted_mean_ms_before: float
    weighted_mean_ms_after: float
    indexes: tuple[IndexRow, ...]
    invalid_indexes: int
    cache: dict[str, float] = field(default_factory=dict)
    first_query_ms: dict[str, float] = field(default_factory=dict)
    planner_verified: bool = True
    tasks: dict[str, dict[str, int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)

    @property
    def speed_up(self) -> float:
        """How many times the weighted mean statement time fell."""
        return self.weighted_mean_ms_before / self.weighted_mean_ms_after if self.weighted_mean_ms_after else 0.0


def compare(raw: Raw) -> tuple[StatementRow, ...]:
    """Set each statement of both phases side by side, the heaviest before first."""
    before = _difference(raw.before_start, raw.before_end)
    after = _difference(raw.after_start, raw.after_end)
    both = [key for key in before if key in after]
    rows = [_row(before[key], after[key]) for key in both]
    return tuple(sorted(rows, key=lambda row: (-row.calls_before * row.mean_ms_before, row.query)))


def weighted_means(rows: tuple[StatementRow, ...]) -> tuple[float, float]:
    """Return the mean time of a call before and after, each statement weighted by its calls before.

    One weight for both keeps a changed mix of the traffic out of the comparison.

    >>> row = StatementRow("q", calls_before=3, calls_after=9, mean_ms_before=20.0, mean_ms_after=2.0,
    ...                    blocks_per_call_before=100, blocks_per_call_after=4)
    >>> weighted_means((row,))
    (20.0, 2.0)
    """
    calls = sum(row.calls_before for row in rows)
    if not calls:
        return 0.0, 0.0
    return (
        sum(row.calls_before * row.mean_ms_before for row in rows) / calls,
        sum(row.calls_before * row.mean_ms_after for row in rows) / calls,
    )


def _difference(start: Readings, end: Readings) -> Readings:
    return {
        key: Reading(
            query=now.query,
            calls=now.calls - (then.calls if then else 0),
            total_ms=now.total_ms - (then.total_ms if then else 0.0),
            blocks=now.blocks - (then.blocks if then else 0),
        )
        for key, now in end.items()
        for then in (start.get(key),)
        if now.calls > (then.calls if then else 0)
    }


def _row(before: Reading, after: Reading) -> StatementRow:
    return StatementRow(
        query=before.query,
        calls_before=before.calls,
        calls_after=after.calls,
        mean_ms_before=before.total_ms / before.calls,
        mean_ms_after=after.total_ms / after.calls,
        blocks_per_call_before=before.blocks / before.calls,
        blocks_per_call_after=after.blocks / after.calls,
    )
