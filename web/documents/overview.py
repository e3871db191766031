"""One look: is all well, what needs a decision, what was saved so far, how busy it is, and when what last ran."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from celeriac.errors import CeleriacError
from celeriac.ledger.states import UNJUDGED
from celeriac.metrics import history
from celeriac.metrics.history import Latest
from celeriac.statements import windows
from celeriac.statements.statement import Window, total
from config.settings import settings
from web.documents import alerts, caches, changes, findings, maintenance, queues, regressions, schedule, targets
from web.documents.source import reading
from web.documents.targets import Target

IN_WORK: Final = ("approved", "baselined", *UNJUDGED)
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class LastRun:
    """When a kind of work was last done, and how."""

    task: str
    at: datetime | None
    outcome: str | None
    late_s: float


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page shows; `troubles` empty means that all is well."""

    target: Target
    troubles: tuple[str, ...]
    """One sentence each, the worst first."""
    decisions: tuple[changes.ChangeLine, ...]
    """Proposals that wait for a person, the newest first."""
    decisions_waiting: int
    maintenance_waiting: int
    """Proposals of maintenance that wait for a person."""
    in_work: int
    changes: dict[str, int]
    """Count by state."""
    saved_ms_per_hour: float
    """What the kept changes save, by measurement."""
    load: dict[str, Any]
    """The latest window: calls and milliseconds per second, mean, statements, buffer hit ratio."""
    cache_hit_ratio: float | None
    """Of what Redis was asked for in the last hour; None where nobody asked."""
    connections: float | None
    last_runs: tuple[LastRun, ...]


def overview(target: str) -> Overview:
    """Return the overview; what cannot be read becomes a trouble, and the rest is shown all the same."""
    troubles: list[str] = []
    held = targets.target(target)
    if not held.reachable:
        troubles.append(held.reason)
    counted = _or(troubles, lambda: changes.counted(target), changes.ChangeCounts({}, 0.0)) if held.reachable else None
    upkeep = _or(troubles, lambda: maintenance.counted(target), {}) if held.reachable else {}
    waiting = changes.page(target, state="proposed", limit=_SHOWN).items if held.reachable else ()
    runs = _or(troubles, lambda: schedule.schedule(target), ())
    troubles += _found(target, troubles)
    troubles += [f"{line.task} is {line.late_s:.0f} s late" for line in runs if line.late_s]
    load, metrics = _measured(target) if held.reachable else ({}, ())
    by_state = counted.by_state if counted else {}
    return Overview(
        target=held,
        troubles=tuple(dict.fromkeys(troubles)),
        decisions=waiting,
        decisions_waiting=by_state.get("proposed", 0),
        maintenance_waiting=upkeep.get("proposed", 0),
        in_work=sum(by_state.get(state, 0) for state in IN_WORK),
        changes=by_state,
        saved_ms_per_hour=counted.saved_ms_per_hour if counted else 0.0,
        load=load,
        cache_hit_ratio=caches.hit_ratio(target) if held.reachable else None,
        connections=_sum(metrics, "celeriac_postgres_connections"),
        last_runs=tuple(LastRun(line.task, line.last_run_at, line.last_outcome, line.late_s) for line in runs),
    )


def _found(target: str, troubles: list[str]) -> list[str]:
    firing = _or(troubles, lambda: alerts.page(target).items, ())
    found = _or(troubles, lambda: findings.page(target).items, ())
    slower = _or(troubles, lambda: regressions.page(target), ())
    _or(troubles, queues.queues, None)
    return [
        *(one.sentence for one in firing if one.state == "firing" and not one.silenced),
        *(one.sentence for one in found if one.severity == "critical"),
        *(one.sentence for one in slower),
    ]


def _measured(target: str) -> tuple[dict[str, Any], tuple[Latest, ...]]:
    with reading(target) as connection:
        metrics = history.latest(connection, target, settings().metrics)
        window = _latest_window(connection, target)
    return ({} if window is None else _load(window)), metrics


def _latest_window(connection: Connection, target: str) -> Window | None:
    newest = windows.latest_id(connection, target)
    return None if newest is None else windows.read(connection, target, after_id=newest - 1, up_to_id=newest)


def _load(window: Window) -> dict[str, Any]:
    load = total(window.statements) + window.other
    seconds = window.seconds or 1.0
    return {
        "ended_at": window.ended_at,
        "calls_per_s": round(load.calls / seconds, 2),
        "ms_per_s": round(load.total_ms / seconds, 2),
        "mean_ms": round(load.mean_ms, 3),
        "statements": len(window.statements),
        "buffer_hit_ratio": round(load.shared_hit_blocks / load.blocks, 4) if load.blocks else None,
    }


def _sum(metrics: tuple[Latest, ...], name: str) -> float | None:
    values = [one.value for one in metrics if one.name == name]
    return sum(values) if values else None


def _or(troubles: list[str], read: Any, otherwise: Any) -> Any:
    """Read, or say why not and go on."""
    try:
        return read()
    except CeleriacError as error:
        troubles.append(str(error))
        return otherwise
