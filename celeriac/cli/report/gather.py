"""Read what a report says, all of it in one read-only transaction under a statement_timeout."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from celeriac.cli.connecting import read_only
from celeriac.cli.report import changed, courses, measured, watched, workload
from celeriac.cli.report.courses import Courses
from celeriac.cli.report.document import (
    Caches,
    Changed,
    Line,
    Mark,
    Plot,
    Report,
    SpanFigures,
    WarmRun,
)  # fmt: skip
from celeriac.cli.report.next_steps import next_steps
from celeriac.cli.report.span import Span
from celeriac.cli.report.words import when
from celeriac.errors import CeleriacError
from celeriac.health import store as findings_store
from celeriac.ledger import clock, control, migrate
from celeriac.ledger.models.caching import WarmRun as _WarmRow
from celeriac.metrics import history
from celeriac.metrics.policy import MetricsPolicy
from celeriac.sql import load
from celeriac.statements.lifetime import read_lifetime
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions import store as regression_store
from celeriac.statements.regressions.store import Regression
from celeriac.statements.statement import Window

WARM_RUNS_SHOWN: Final = 5
STALE_AFTER: Final = timedelta(minutes=15)
NO_LEDGER: Final = (
    "There is no ledger here yet: run `celeriac migrate`, and start a worker and beat; "
    "until then nothing is known but what pg_stat_statements holds."
)
OLD_LEDGER: Final = "The ledger is of another version than this command: run `celeriac migrate`; it was not read."
NO_CAPTURES: Final = "No window was captured in this time."
NOT_CAPTURED: Final = "No window was captured yet: let beat run `celeriac.statements.capture` each minute."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to show."""

    url: str
    state_url: str
    target: str
    spans: tuple[Span, ...]
    top: int


def gather(asked: Asked) -> Report:
    """Read the report; where nothing was captured, the statements come from the server's own counters."""
    with read_only(asked.state_url) as state:
        revision = migrate.revision(state)
        found = _known(state, asked) if revision == migrate.head() else _nothing(asked, old=revision is not None)
    if found.captured:
        return found
    with read_only(asked.url) as connection:
        try:
            window = read_lifetime(connection, asked.target, StatementPolicy())
        except CeleriacError as error:
            if revision is None:
                raise  # there is nothing else to tell
            return replace(found, notes=(*found.notes, str(error)))
    return _with_lifetime(found, window, asked.top)


def _known(ledger: Connection, asked: Asked) -> Report:
    now, target, longest = clock.instant(ledger), asked.target, asked.spans[-1]
    since = now - longest.length
    whether = ledger.execute(load(__file__, "whether_complete"), {"target": target, "since": since}).one()
    loads = [workload.read(ledger, target, span, now) for span in asked.spans]
    shown = workload.heaviest(loads, asked.top)
    course = courses.read(ledger, target, longest, now, loads[-1], shown)
    slower = regression_store.seen_since(ledger, target, since)
    texts = workload.texts(ledger, target, [*shown, *(one.fingerprint for one in slower[: watched.SHOWN])])
    proposed, _ = changed.read(ledger, target, changed.PROPOSED, since)
    under_way, more = changed.read(ledger, target, changed.UNDER_WAY, since)
    settled, beyond = changed.read(ledger, target, changed.SETTLED, since)
    columns = tuple(
        _column(ledger, target, span, measured_load, slower, now)
        for span, measured_load in zip(asked.spans, loads, strict=True)
    )
    _, standing = changed.count(ledger, target, since)
    told = tuple(watched.slower(ledger, target, one, texts) for one in slower[: watched.SHOWN])
    faults = tuple(map(watched.fault, findings_store.open_findings(ledger, target)))
    whole = loads[0].whole
    return Report(
        target=target,
        produced_at=now,
        captured=any(one.captured_s for one in loads),
        complete=whether.complete is not False,
        notes=_notes(now, whether.last_at),
        paused=control.read(ledger, target).sentence,
        spans=columns,
        next_steps=next_steps(target, proposed, told, faults),
        slower=told,
        changes=(*settled, *under_way, *proposed),
        changes_left_out=more + beyond,
        waiting=standing.waiting,
        waiting_ms_per_hour=standing.waiting_ms_per_hour,
        saved_ms_per_hour=standing.saved_ms_per_hour,
        statements=workload.describe(loads, texts, shown, course.statements),
        findings=faults[: watched.SHOWN],
        alerts=watched.firing(ledger, target, now),
        cache=_caches(ledger, target, workload.hit_ratio(whole)),
        plots=_plots(ledger, target, course, settled),
    )


def _nothing(asked: Asked, *, old: bool) -> Report:
    return Report(
        target=asked.target, produced_at=datetime.now(UTC), captured=False, complete=True,
        notes=(OLD_LEDGER if old else NO_LEDGER,), paused=None, spans=(), next_steps=(), slower=(), changes=(),
        changes_left_out=0, waiting=0, waiting_ms_per_hour=0.0, saved_ms_per_hour=0.0, statements=(), findings=(),
        alerts=(), cache=Caches(None, {}, ()), plots=(),
    )  # fmt: skip


def _with_lifetime(found: Report, window: Window, top: int) -> Report:
    measured_load = workload.of_window(window)
    label = f"since {when(window.started_at)}"
    empty = SpanFigures(
        label=label, seconds=round(window.seconds), captured_s=round(window.seconds),
        load=measured_load.figures(measured_load.whole), statements=len(measured_load.statements), changes={},
        saved_ms_per_hour=0.0, slower_begun=0, slower_ended=0,
    )  # fmt: skip
    shown = workload.heaviest([measured_load], top)
    return replace(
        found,
        complete=window.complete,
        spans=(empty,),
        statements=workload.describe([measured_load], workload.texts_of(window), shown, {}),
        cache=replace(found.cache, buffer_hit_rate=workload.hit_ratio(measured_load.whole)),
    )


def _column(
    ledger: Connection, target: str, span: Span, of: workload.Load, slower: Sequence[Regression], now: datetime
) -> SpanFigures:
    since = now - span.length
    counts, _ = changed.count(ledger, target, since)
    return SpanFigures(
        label=span.label,
        seconds=span.seconds,
        captured_s=round(of.captured_s),
        load=of.figures(of.whole),
        statements=len(of.statements),
        changes=counts.reached,
        saved_ms_per_hour=counts.saved_ms_per_hour,
        slower_begun=sum(one.first_seen >= since for one in slower),
        slower_ended=sum(one.resolved_at is not None and one.resolved_at >= since for one in slower),
    )


def _notes(now: datetime, last_at: datetime | None) -> tuple[str, ...]:
    if last_at is None:
        return (NOT_CAPTURED,)
    if now - last_at > STALE_AFTER:
        return (f"Nothing was captured since {when(last_at)} UTC: see whether beat and a worker still run.",)
    return ()


def _caches(ledger: Connection, target: str, buffer_hit_rate: float | None) -> Caches:
    columns = _WarmRow.__table__.c
    runs = ledger.execute(
        select(columns.kind, columns.started_at, columns.seconds, columns.warmed, columns.bytes)
        .where(columns.target == target)
        .order_by(columns.id.desc())
        .limit(WARM_RUNS_SHOWN)
    )
    latest = history.latest(ledger, target, MetricsPolicy())
    return Caches(buffer_hit_rate, measured.hit_rates(latest), tuple(WarmRun(**run) for run in runs.mappings()))


def _plots(ledger: Connection, target: str, course: Courses, settled: Sequence[Changed]) -> tuple[Plot, ...]:
    axis = (course.since, course.until)
    marks = tuple(Mark(one.since, f"change {one.id} {one.state}") for one in settled if axis[0] <= one.since < axis[1])
    busy = Line("on average", course.sessions)
    load_plot = Plot("Sessions busy in statements", "sessions", *axis, (busy,), marks, NO_CAPTURES)
    return (load_plot, *measured.plots(ledger, target, axis, marks))
