"""Read the windows that are judged and the hours that tell what is usual, each in one query; fold hours when due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from celeriac.sql import load, sign
from celeriac.statements.regressions.hours import Hour
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.shift import Stretch
from celeriac.statements.statement import Counters

_columns = attrgetter(*(field.name for field in fields(Counters)))
_ROOM = text(sign("fold_room", "SELECT set_config('work_mem', '64MB', true)"))
"""Of this transaction: sorted in memory, an hour of thousands of statements leaves no temporary file."""
_AT_ONCE = 24
"""Hours folded in one run: a week's backlog takes seven."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Where the ledger's hours stand."""

    hours: tuple[datetime, ...]
    """Folded now."""
    known_since: datetime | None
    """The first hour there is."""
    captured: datetime | None
    """The end of the newest window."""
    now: datetime


def fold(ledger: Connection, target: str, policy: RegressionPolicy) -> Folded:
    """Fold the hours that are complete and not folded yet, the oldest first."""
    span = ledger.execute(load(__file__, "span"), {"target": target}).one()
    bounds = {"target": target, "captured": span.captured, "most": _AT_ONCE}
    due: list[datetime] = [] if span.captured is None else list(ledger.scalars(load(__file__, "due_hours"), bounds))
    if due:
        ledger.execute(_ROOM)
    for hour in due:
        ledger.execute(
            load(__file__, "fold_hour"), {"target": target, "at": hour, "window_s": policy.window.total_seconds()}
        )
    known_since = span.known_since or (due[0] if due else None)
    return Folded(tuple(due), known_since, span.captured, span.now)


def newest_window(captured: datetime, policy: RegressionPolicy) -> int:
    """Return the number of the last window that is complete, since 1970."""
    return int(captured.timestamp() // policy.window.total_seconds()) - 1


def windows(
    ledger: Connection, target: str, newest: int, watched: Collection[str], policy: RegressionPolicy
) -> tuple[Stretch | None, Stretch | None]:
    """Return a window and the one before, with the statements that hold most of the load and those that are watched."""
    window_s = policy.window.total_seconds()
    bounds = {"target": target, "window_s": window_s, "newest": newest, **_most(watched, policy)}
    rows = ledger.execute(load(__file__, "judged_windows"), bounds).all()
    return _stretch(rows, newest, window_s), _stretch(rows, newest - 1, window_s)


def hour(
    ledger: Connection, target: str, at: datetime, watched: Collection[str], policy: RegressionPolicy
) -> tuple[Stretch | None, Stretch | None]:
    """Return a folded hour and the one before, likewise."""
    bounds = {"target": target, "at": at, **_most(watched, policy)}
    rows = ledger.execute(load(__file__, "judged_hour"), bounds).all()
    number = hour_number(at)
    return _stretch(rows, number, 3600.0, hourly=True), _stretch(rows, number - 1, 3600.0, hourly=True)


def hours(
    ledger: Connection, target: str, numbers: Collection[int], fingerprints: Collection[str]
) -> Mapping[str, list[Hour]]:
    """Return the given hours of the given statements, as many as there are."""
    instants = [datetime.fromtimestamp(number * 3600, UTC) for number in numbers]
    bounds = {"target": target, "hours": instants, "fingerprints": list(fingerprints)}
    found: dict[str, list[Hour]] = {}
    for row in ledger.execute(load(__file__, "hours"), bounds):
        one = Hour(row.number, row.seconds, Counters(*_columns(row)), row.time_flutter, row.calls_flutter)
        found.setdefault(row.fingerprint, []).append(one)
    return found


def newcomers(ledger: Connection, target: str, fingerprints: Collection[str], since: datetime) -> frozenset[str]:
    """Return those of the statements that were not known before an instant."""
    bounds = {"target": target, "fingerprints": list(fingerprints), "since": since}
    return frozenset(ledger.scalars(load(__file__, "newcomers"), bounds))


def hour_number(at: datetime) -> int:
    """Count hours since 1970."""
    return int(at.timestamp() // 3600)


def _most(watched: Collection[str], policy: RegressionPolicy) -> dict[str, Any]:
    return {"most": policy.max_statements, "watched": list(watched)}


def _stretch(rows: Sequence[Any], number: int, length_s: float, *, hourly: bool = False) -> Stretch | None:
    of = [row for row in rows if row.bucket == number]
    if not of or of[0].seconds <= 0:
        return None
    statements = {row.fingerprint: Counters(*_columns(row)) for row in of}
    began = datetime.fromtimestamp(number * length_s, UTC)
    ended = began + timedelta(seconds=length_s)
    return Stretch(number, began, ended, of[0].seconds, of[0].load_ms, statements, hourly)
