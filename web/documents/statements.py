"""Statements for readers: the head of the list with its course, and one statement with its history and changes."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, select

from celeriac.errors import CeleriacError
from celeriac.ledger.models.workload import StatementText
from celeriac.sql import load
from celeriac.statements.statement import Counters
from web.documents import regressions
from web.documents.changes import ChangeLine, of_statement
from web.documents.regressions import Regression
from web.documents.source import reading

Order = Literal["total_ms", "mean_ms", "calls", "blocks", "io_ms", "rows"]
CURSOR_PATTERN: Final = "^[0-9]{13}-[0-9]{1,7}$"
_CURSOR: Final = re.compile("([0-9]{13})-([0-9]{1,7})", re.ASCII)
"""Milliseconds since 1970, and a place."""
SPARK_POINTS: Final = 24
HISTORY_POINTS: Final = 240
HOUR_S: Final = 3600
BY_HOUR_FROM: Final = 12
"""Hours: from here on what was folded into hours is read instead of its windows, sixty times as many rows."""


class StatementUnknown(CeleriacError):
    """There is no statement {fingerprint} among what was measured of target {target!r}; it may have been pruned."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One statement of the list, over the hours that were asked for."""

    fingerprint: str
    role: str
    query: str
    """Normalized: no constant of a user is in it unless the application wrote it into the text."""
    calls: int
    total_ms: float
    mean_ms: float
    stddev_ms: float
    rows_per_call: float
    blocks_per_call: float
    hit_ratio: float | None
    io_ms: float
    wal_bytes_per_call: float
    share_of_time: float
    """Of the time of all statements, 0..1."""
    spark: tuple[float | None, ...]
    """Mean milliseconds in steps of equal length up to now; None where it did not run."""


@dataclass(frozen=True, slots=True)
class StatementTop:
    """The statements that head one order."""

    order: Order
    hours: int
    items: tuple[StatementLine, ...]
    next: str | None
    """Pass as `after`; None at the end."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ends, in the list as it stood when its first page was read: what is measured since moves no line."""

    until: datetime
    place: int

    def __str__(self) -> str:
        """Write it for an address; see `cursor`."""
        return f"{round(self.until.timestamp() * 1000)}-{self.place}"


class CursorWrong(CeleriacError):
    """{text!r} is no cursor of this list: pass the `next` of the page before as it is."""


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """What a statement did in one step of time."""

    at: datetime
    """The step's beginning."""
    calls: int
    mean_ms: float
    rows_per_call: float
    blocks_per_call: float
    hit_ratio: float | None
    wal_bytes_per_call: float


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """One statement with its course; `changes` happened to it, `regressions` may be over."""

    fingerprint: str
    role: str
    query: str
    first_seen: datetime
    last_seen: datetime
    hours: int
    step_s: int
    history: tuple[HistoryPoint, ...]
    changes: tuple[ChangeLine, ...]
    regressions: tuple[Regression, ...]


def top(
    target: str, *, order: Order = "total_ms", hours: int = 24, limit: int = 50, after: str | None = None
) -> StatementTop:
    """Return a page of the statements of the last hours in an order; raises CursorWrong."""
    came = None if after is None else cursor(after)
    with reading(target) as connection:
        until = connection.execute(load(__file__, "now")).scalar_one() if came is None else came.until
        place = 0 if came is None else came.place
        asked = {**_span(target, hours, until), "order": order, "place": place, "limit": limit + 1}
        rows = connection.execute(load(__file__, "statements_top"), asked).all()
        shown = rows[:limit]
        step_s = _step_s(hours, SPARK_POINTS)
        course = _course(connection, target, [row.fingerprint for row in shown], hours, step_s, until)
    lines = tuple(_line(row, _spark(course[row.fingerprint], until, step_s)) for row in shown)
    further = str(Cursor(until, shown[-1].place)) if len(rows) > limit else None
    return StatementTop(order, hours, lines, further)


def cursor(text: str) -> Cursor:
    """Read what a page gave as `next`; raises CursorWrong.

    >>> str(cursor("1772439300000-50"))
    '1772439300000-50'
    """
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise CursorWrong(text=text[:40])
    return Cursor(datetime.fromtimestamp(int(found[1]) / 1000, UTC), int(found[2]))


def one(target: str, fingerprint: str, *, hours: int = 168) -> StatementDocument:
    """Return one statement; raises StatementUnknown."""
    step_s = _step_s(hours, HISTORY_POINTS)
    columns = StatementText.__table__.c
    with reading(target) as connection:
        known = connection.execute(
            select(columns.role, columns.text, columns.first_seen, columns.last_seen).where(
                columns.target == target, columns.fingerprint == fingerprint
            )
        ).one_or_none()
        if known is None:
            raise StatementUnknown(fingerprint=fingerprint, target=target)
        until = connection.execute(load(__file__, "now")).scalar_one()
        course = _course(connection, target, [fingerprint], hours, step_s, until)
    return StatementDocument(
        fingerprint=fingerprint,
        role=known.role,
        query=known.text,
        first_seen=known.first_seen,
        last_seen=known.last_seen,
        hours=hours,
        step_s=step_s,
        history=tuple(_point(row) for row in course[fingerprint]),
        changes=of_statement(target, fingerprint),
        regressions=regressions.of_statement(target, fingerprint),
    )


def _span(target: str, hours: int, until: datetime) -> dict[str, Any]:
    return {"target": target, "since": until - timedelta(hours=hours), "until": until, "by_hour": hours >= BY_HOUR_FROM}


def _step_s(hours: int, points: int) -> int:
    return max(HOUR_S if hours >= BY_HOUR_FROM else 60, hours * HOUR_S // points)


def _course(
    connection: Connection, target: str, fingerprints: list[str], hours: int, step_s: int, until: datetime
) -> dict[str, list[Any]]:
    rows = connection.execute(
        load(__file__, "statements_history"),
        {**_span(target, hours, until), "fingerprints": fingerprints, "step_s": step_s},
    )
    course: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        course[row.fingerprint].append(row)
    return course


def _spark(course: list[Any], now: datetime, step_s: int) -> tuple[float | None, ...]:
    """Lay the means on a time axis that ends now, so that the lines of a list can be compared."""
    newest = int(now.timestamp()) // step_s
    means = {int(row.at.timestamp()) // step_s: row.total_ms / row.calls for row in course if row.calls}
    steps = (means.get(step) for step in range(newest - SPARK_POINTS + 1, newest + 1))
    return tuple(None if mean is None else round(mean, 3) for mean in steps)


def _line(row: Any, spark: tuple[float | None, ...]) -> StatementLine:
    counters = Counters(calls=row.calls, total_ms=row.total_ms, square_ms2=row.square_ms2, rows=row.rows)
    return StatementLine(
        fingerprint=row.fingerprint,
        role=row.role,
        query=row.text,
        calls=row.calls,
        total_ms=round(row.total_ms, 3),
        mean_ms=round(counters.mean_ms, 3),
        stddev_ms=round(counters.stddev_ms, 3),
        rows_per_call=round(counters.rows_per_call, 2),
        blocks_per_call=round(_per(row.hit + row.read, row.calls), 2),
        hit_ratio=_ratio(row.hit, row.hit + row.read),
        io_ms=round(row.io_ms, 3),
        wal_bytes_per_call=round(_per(row.wal_bytes, row.calls), 2),
        share_of_time=round(row.share_of_time, 4),
        spark=spark,
    )


def _point(row: Any) -> HistoryPoint:
    return HistoryPoint(
        at=row.at,
        calls=row.calls,
        mean_ms=round(_per(row.total_ms, row.calls), 3),
        rows_per_call=round(_per(row.rows, row.calls), 2),
        blocks_per_call=round(_per(row.blocks, row.calls), 2),
        hit_ratio=_ratio(row.hit, row.blocks),
        wal_bytes_per_call=round(_per(row.wal_bytes, row.calls), 2),
    )


def _per(amount: float, calls: int) -> float:
    return amount / calls if calls else 0.0


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
