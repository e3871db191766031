"""How the load went, and what the heaviest statements took of it, on one axis of equal steps."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from celeriac.cli.report.span import Span
from celeriac.cli.report.workload import BY_HOUR_FROM_S, Load, asked
from celeriac.sql import load

STEPS: Final = 84
"""Two hours each in a week: a plot of usual width shows no more."""


@dataclass(frozen=True, slots=True)
class Courses:
    """Courses on one axis of equal steps that ends now."""

    since: datetime
    until: datetime
    sessions: tuple[float | None, ...]
    """Sessions that were busy on average; None where nothing was captured."""
    statements: Mapping[str, tuple[float | None, ...]]
    """Milliseconds an hour."""


def read(ledger: Connection, target: str, span: Span, now: datetime, of: Load, shown: Sequence[str]) -> Courses:
    """Lay the load of a span on an axis, and read what some statements took of it."""
    step_s = max(60, span.seconds // STEPS)
    if span.seconds >= BY_HOUR_FROM_S:
        step_s = max(3_600, step_s)
    newest = int(now.timestamp()) // step_s
    axis = range(newest - span.seconds // step_s + 1, newest + 1)
    rows = ledger.execute(
        load(__file__, "course"),
        {
            **asked(target, span, now),
            "fingerprints": [*shown],
            "step_s": step_s,
            "hours": [one.at for one in of.moments],
        },
    )
    captured: dict[int, float] = defaultdict(float)
    whole: dict[int, float] = defaultdict(float)
    for one in of.moments:
        step = int(one.at.timestamp()) // step_s
        captured[step] += one.seconds
        whole[step] += one.total_ms
    spent: dict[str, dict[int, float]] = {name: {} for name in shown}
    for row in rows:
        spent[row.fingerprint][row.step] = row.total_ms
    return Courses(
        since=datetime.fromtimestamp(axis.start * step_s, now.tzinfo),
        until=datetime.fromtimestamp(axis.stop * step_s, now.tzinfo),
        sessions=_per_second(whole, captured, axis, 0.001),
        statements={name: _per_second(of, captured, axis, 3_600.0) for name, of in spent.items()},
    )


def _per_second(
    spent: Mapping[int, float], captured: Mapping[int, float], axis: range, factor: float
) -> tuple[float | None, ...]:
    return tuple(
        round(spent.get(step, 0.0) / captured[step] * factor, 4) if captured.get(step) else None for step in axis
    )
