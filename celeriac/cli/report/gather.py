"""What a report says, gathered from the ledger; before the first capture, from pg_stat_statements itself."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from celeriac.cli.connecting import read_only
from celeriac.ledger import changes, migrate
from celeriac.ledger.changes import Change
from celeriac.ledger.models.caching import WarmRun
from celeriac.metrics import history
from celeriac.metrics.policy import MetricsPolicy
from celeriac.statements import windows
from celeriac.statements.lifetime import read_lifetime
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.slow import describe, slow
from celeriac.statements.statement import Window, total

LOOKUPS: Final = "celeriac_cache_lookups_total"
WARM_RUNS_SHOWN: Final = 5
HIDDEN_STATES: Final = frozenset({"rejected", "expired"})


@dataclass(frozen=True, slots=True)
class Report:
    """What the report prints, as its JSON has it."""

    window: dict[str, Any]
    statements: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    cache: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger has to say; nothing where there is none."""

    window: Window | None = None
    changes: tuple[Change, ...] = ()
    hit_rates: dict[str, float] | None = None
    warm_runs: tuple[dict[str, Any], ...] = ()


def gather(url: str, state_url: str, target: str, back: timedelta, policy: StatementPolicy) -> Report:
    """Read the ledger's windows of the last `back`, its changes and cache runs."""
    with read_only(state_url) as state:
        known = _read(state, target, back) if migrate.revision(state) is not None else _Known()
    window = known.window
    if window is None:
        with read_only(url) as connection:
            window = read_lifetime(connection, target, policy)
    return Report(
        window=_describe_window(window, captured=known.window is not None),
        statements=[describe(found) for found in slow(window, policy)],
        changes=[_describe_change(change) for change in known.changes],
        cache={
            "buffer_hit_rate": _buffer_hit_rate(window),
            "hit_rates": known.hit_rates or {},
            "warm_runs": list(known.warm_runs),
        },
    )


def _read(state: Connection, target: str, back: timedelta) -> _Known:
    now = state.scalar(select(func.clock_timestamp()))
    assert now is not None
    columns = WarmRun.__table__.c
    runs = state.execute(
        select(columns.kind, columns.started_at, columns.seconds, columns.warmed, columns.bytes)
        .where(columns.target == target)
        .order_by(columns.id.desc())
        .limit(WARM_RUNS_SHOWN)
    )
    return _Known(
        window=windows.read(state, target, since=now - back),
        changes=tuple(one for one in changes.all_of(state, target) if one.state not in HIDDEN_STATES),
        hit_rates=_hit_rates(history.latest(state, target, MetricsPolicy())),
        warm_runs=tuple(dict(run) for run in runs.mappings()),
    )


def _hit_rates(latest: tuple[history.Latest, ...]) -> dict[str, float]:
    """Return hits by look-ups of each namespace, those left out that were never asked."""
    hits: Counter[str] = Counter()
    lookups: Counter[str] = Counter()
    for one in latest:
        if one.name == LOOKUPS:
            namespace = one.labels["namespace"]
            lookups[namespace] += int(one.value)
            hits[namespace] += int(one.value) if one.labels["outcome"] == "hit" else 0
    return {namespace: hits[namespace] / asked for namespace, asked in sorted(lookups.items()) if asked}


def _describe_window(window: Window, *, captured: bool) -> dict[str, Any]:
    load = total(window.statements) + window.other
    return {
        "started_at": window.started_at,
        "ended_at": window.ended_at,
        "captured": captured,
        "complete": window.complete,
        "calls": load.calls,
        "total_ms": round(load.total_ms, 3),
    }


def _describe_change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "state": change.state,
        "ddl": change.ddl,
        "reason": change.evidence.get("reason") or change.reason,
        "size_bytes": change.size_bytes or change.size_bytes_estimated,
        "promised_ms_per_hour": change.promised.get("saving_ms_per_hour"),
        "measured_ms_per_hour": change.evidence.get("saved_ms_per_hour"),
    }


def _buffer_hit_rate(window: Window) -> float | None:
    load = total(window.statements) + window.other
    return load.shared_hit_blocks / load.blocks if load.blocks else None
