"""Statements for readers: the head of the list with its course, and one statement with its history and changes."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, select

from celeriac.errors import CeleriacError
from celeriac.indexes.explain import explain
from celeriac.indexes.index import Unplannable
from celeriac.ledger.models.workload import StatementText
from celeriac.sql import load
from celeriac.statements.statement import Counters
from config.database import read_only
from config.settings import settings
from web.documents import regressions
from web.documents.changes import ChangeLine, of_statement
from web.documents.regressions import Regression
from web.documents.source import reading

Order = Literal["total_ms", "mean_ms", "calls", "blocks", "io_ms", "rows"]
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


@dataclass(frozen=True, slots=True)
class StatementPlans:
    """How a statement is planned, and how it would be with the indexes that help it; costs are the planner's."""

    fingerprint: str
    query: str
    reason: str | None
    """Why it cannot be planned; None where it can."""
    cost_before: float | None
    cost_after: float | None
    before: tuple[str, ...]
    """A line a node, indented."""
    after: tuple[str, ...]
    indexes: tuple[str, ...]
    """The DDL that makes the difference."""


def top(target: str, *, order: Order = "total_ms", hours: int = 24, limit: int = 50) -> StatementTop:
    """Return the statements that head an order over the last hours."""
    with reading(target) as connection:
        rows = connection.execute(
            load(__file__, "statements_top"), {**_span(target, hours), "order": order, "limit": limit}
        ).all()
        step_s = _step_s(hours, SPARK_POINTS)
        course = _course(connection, target, [row.fingerprint for row in rows], hours, step_s)
        now = connection.execute(load(__file__, "now")).scalar_one()
    return StatementTop(order, hours, tuple(_line(row, _spark(course[row.fingerprint], now, step_s)) for row in rows))


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
        course = _course(connection, target, [fingerprint], hours, step_s)
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


def plans(target: str, fingerprint: str) -> StatementPlans:
    """Plan a statement as it is and with the indexes that would help it; raises StatementUnknown, TargetAway."""
    columns = StatementText.__table__.c
    with reading(target) as connection:
        query = connection.scalar(
            select(columns.text).where(columns.target == target, columns.fingerprint == fingerprint)
        )
    if query is None:
        raise StatementUnknown(fingerprint=fingerprint, target=target)
    with read_only(target, replica=True) as connection:
        found = explain(connection, query, replace(settings().advisor, objective="cost"))
    if isinstance(found, Unplannable):
        return StatementPlans(fingerprint, query, found.reason, None, None, (), (), ())
    return StatementPlans(
        fingerprint=fingerprint,
        query=query,
        reason=None,
        cost_before=found.cost_before,
        cost_after=found.cost_after,
        before=found.before,
        after=found.after,
        indexes=tuple(one.ddl for one in found.recommendations),
    )


def _span(target: str, hours: int) -> dict[str, Any]:
    return {"target": target, "span": timedelta(hours=hours), "by_hour": hours >= BY_HOUR_FROM}


def _step_s(hours: int, points: int) -> int:
    return max(HOUR_S if hours >= BY_HOUR_FROM else 60, hours * HOUR_S // points)


def _course(
    connection: Connection, target: str, fingerprints: list[str], hours: int, step_s: int
) -> dict[str, list[Any]]:
    rows = connection.execute(
        load(__file__, "statements_history"),
        {**_span(target, hours), "fingerprints": fingerprints, "step_s": step_s},
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
