"""What statements did in each span, from the windows and hours of the ledger, or from the server's own counters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from celeriac.cli.report.document import Figures, Statement
from celeriac.cli.report.span import Span
from celeriac.ledger.models.workload import StatementText
from celeriac.sql import load
from celeriac.statements.statement import Counters, Window

REST: Final = "*"
BY_HOUR_FROM_S: Final = 12 * 3_600


@dataclass(frozen=True, slots=True)
class Measured:
    """One statement's counters in one span."""

    calls: int
    total_ms: float
    hit: int
    read: int


@dataclass(frozen=True, slots=True)
class Moment:
    """All statements together in one window or hour."""

    at: datetime
    seconds: float
    total_ms: float


@dataclass(frozen=True, slots=True)
class Load:
    """Every statement in one span."""

    captured_s: float
    statements: Mapping[str, Measured]
    whole: Measured
    """What no statement is named for included."""
    moments: tuple[Moment, ...] = ()
    """Each window or folded hour, in no order."""

    def figures(self, of: Measured) -> Figures:
        """Say what a part of it comes to."""
        blocks, hours = of.hit + of.read, self.captured_s / 3_600
        return Figures(
            calls=of.calls,
            total_ms=round(of.total_ms, 3),
            ms_per_hour=round(of.total_ms / hours, 1) if hours else 0.0,
            mean_ms=round(of.total_ms / of.calls, 3) if of.calls else 0.0,
            share_of_time=round(of.total_ms / self.whole.total_ms, 4) if self.whole.total_ms else 0.0,
            blocks_per_call=round(blocks / of.calls, 1) if of.calls else 0.0,
            hit_ratio=round(of.hit / blocks, 4) if blocks else None,
        )


def read(ledger: Connection, target: str, span: Span, now: datetime) -> Load:
    """Read one span."""
    found = ledger.execute(load(__file__, "figures"), asked(target, span, now)).all()
    rows = {row.fingerprint: row for row in found if row.fingerprint is not None}
    moments = tuple(Moment(row.at, row.seconds, row.total_ms) for row in found if row.at is not None)
    measured = {name: Measured(row.calls, row.total_ms, row.hit, row.read) for name, row in rows.items()}
    rest = measured.pop(REST, Measured(0, 0.0, 0, 0))
    return Load(rows[REST].seconds if REST in rows else 0.0, measured, add(measured.values(), rest), moments)


def asked(target: str, span: Span, now: datetime) -> dict[str, Any]:
    """Return what both queries are bound to; from half a day on, folded hours stand for their windows."""
    return {"target": target, "span": span.length, "now": now, "by_hour": span.seconds >= BY_HOUR_FROM_S}


def of_window(window: Window) -> Load:
    """Take a window that was read without a ledger."""
    statements = {one.fingerprint: _measured(one.counters) for one in window.statements}
    return Load(window.seconds, statements, add(statements.values(), _measured(window.other)))


def add(statements: Iterable[Measured], rest: Measured) -> Measured:
    """Add statements up, with what no statement is named for."""
    parts = (*statements, rest)
    return Measured(
        sum(one.calls for one in parts),
        sum(one.total_ms for one in parts),
        sum(one.hit for one in parts),
        sum(one.read for one in parts),
    )


def heaviest(loads: Sequence[Load], top: int) -> tuple[str, ...]:
    """Return the statements that take most in any span, those of the first span before the others."""
    ranked = [sorted(load.statements, key=lambda name: (-load.statements[name].total_ms, name))[:top] for load in loads]
    return tuple(dict.fromkeys(name for names in ranked for name in names))


def describe(
    loads: Sequence[Load],
    texts: Mapping[str, tuple[str, str]],
    shown: Sequence[str],
    course: Mapping[str, tuple[float | None, ...]],
) -> tuple[Statement, ...]:
    """Describe the statements that are shown; one whose text was pruned is left out."""
    return tuple(
        Statement(
            fingerprint=name,
            role=texts[name][0],
            query=texts[name][1],
            spans=tuple(load.figures(load.statements[name]) if name in load.statements else None for load in loads),
            course=course.get(name, ()),
        )
        for name in shown
        if name in texts
    )


def texts(ledger: Connection, target: str, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return role and text of statements, those that are known."""
    columns = StatementText.__table__.c
    rows = ledger.execute(
        select(columns.fingerprint, columns.role, columns.text).where(
            columns.target == target, columns.fingerprint.in_(names)
        )
    )
    return {row.fingerprint: (row.role, row.text) for row in rows}


def texts_of(window: Window) -> dict[str, tuple[str, str]]:
    """Return role and text of a window's statements."""
    return {one.fingerprint: (one.role, one.text) for one in window.statements}


def hit_ratio(of: Measured) -> float | None:
    """Return how many of its blocks were found in shared buffers; None where it touched none."""
    return of.hit / (of.hit + of.read) if of.hit + of.read else None


def _measured(counters: Counters) -> Measured:
    return Measured(counters.calls, counters.total_ms, counters.shared_hit_blocks, counters.shared_read_blocks)
