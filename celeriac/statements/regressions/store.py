"""Regressions in the ledger: at most one is open for a statement; its baseline stays as it was when it began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update
from sqlalchemy.dialects import postgresql

from celeriac.ledger import clock
from celeriac.ledger.models.regressions import CatalogEvent, StatementHour, StatementPlan
from celeriac.ledger.models.regressions import Regression as _Row
from celeriac.statements.regressions.policy import RegressionPolicy

_TABLE = cast("Table", _Row.__table__)
_HOURS = cast("Table", StatementHour.__table__)
_EVENTS = cast("Table", CatalogEvent.__table__)
_PLANS = cast("Table", StatementPlan.__table__)

EVERY_STATEMENT = "*"
"""The fingerprint of a regression of all statements together (cause `load`)."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A regression as the ledger has it; see `celeriac.ledger.models.regressions` for what each field means."""

    id: int
    target: str
    fingerprint: str
    cause: str
    sentence: str
    ratio: float | None
    baseline: dict[str, Any]
    now: dict[str, Any]
    ms_per_hour: float
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None
    ending: str | None
    change_id: int | None


@dataclass(frozen=True, slots=True)
class New:
    """A regression that was just found."""

    fingerprint: str
    cause: str
    sentence: str
    ratio: float | None
    baseline: Mapping[str, Any]
    now: Mapping[str, Any]
    ms_per_hour: float
    first_seen: datetime
    last_seen: datetime


def open_regressions(ledger: Connection, target: str) -> tuple[Regression, ...]:
    """Return what has not ended, the dearest first."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.resolved_at.is_(None))


def of_statement(ledger: Connection, target: str, fingerprint: str) -> tuple[Regression, ...]:
    """Return every regression of one statement, open ones first, then the dearest."""
    return _select(ledger, _TABLE.c.target == target, _TABLE.c.fingerprint == fingerprint)


def seen_since(ledger: Connection, target: str, since: datetime) -> tuple[Regression, ...]:
    """Return what was open at some time since an instant, open ones first, then the dearest."""
    columns = _TABLE.c
    ended_later = columns.resolved_at.is_(None) | (columns.resolved_at >= since)
    return _select(ledger, columns.target == target, ended_later)


def begin(ledger: Connection, target: str, new: New) -> Regression | None:
    """Write a regression that was just found; None where one of the statement is open."""
    values = {name: getattr(new, name) for name in New.__slots__} | {
        "baseline": dict(new.baseline),
        "now": dict(new.now),
    }
    row = ledger.execute(
        postgresql.insert(_TABLE)
        .values(target=target, **values)
        .on_conflict_do_nothing()
        .returning(_TABLE)
    ).one_or_none()  # fmt: skip
    return None if row is None else Regression(**row._asdict())


def go_on(
    ledger: Connection, regression: Regression, *, ratio: float, now: Mapping[str, Any], ms_per_hour: float,
    last_seen: datetime,
) -> None:  # fmt: skip
    """Write the figures of another window that shows it."""
    values = {"ratio": ratio, "now": dict(now), "ms_per_hour": ms_per_hour, "last_seen": last_seen}
    ledger.execute(update(_TABLE).where(_TABLE.c.id == regression.id).values(**values))


def end(ledger: Connection, regression: Regression, ending: str) -> None:
    """Write that it has ended, and how."""
    values = {"resolved_at": clock.now(), "ending": ending}
    ledger.execute(update(_TABLE).where(_TABLE.c.id == regression.id).values(**values))


def explain(ledger: Connection, regression: Regression, sentence: str, change_id: int | None) -> None:
    """Write what came before it."""
    values = {"sentence": sentence, "change_id": change_id}
    ledger.execute(update(_TABLE).where(_TABLE.c.id == regression.id).values(**values))


def prune(ledger: Connection, target: str, policy: RegressionPolicy) -> int:
    """Delete hours, and regressions that have ended, beyond their keep; returns how many hours went."""
    _forget(ledger, _TABLE.c.target == target, _TABLE.c.resolved_at, policy.keep)
    _forget(ledger, _EVENTS.c.target == target, _EVENTS.c.at, policy.keep)
    _forget(ledger, _PLANS.c.target == target, _PLANS.c.seen_at, policy.keep)
    return _forget(ledger, _HOURS.c.target == target, _HOURS.c.at, policy.keep_hours)


def _forget(ledger: Connection, of: ColumnElement[bool], at: ColumnElement[Any], keep: timedelta) -> int:
    assert at.table is not None
    return ledger.execute(delete(at.table).where(of, at < clock.ago(keep))).rowcount


def _select(ledger: Connection, *conditions: ColumnElement[bool]) -> tuple[Regression, ...]:
    columns = _TABLE.c
    order = (columns.resolved_at.desc().nulls_first(), columns.ms_per_hour.desc(), columns.id)
    return tuple(
        Regression(**row._asdict()) for row in ledger.execute(select(_TABLE).where(*conditions).order_by(*order))
    )
