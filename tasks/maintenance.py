"""ANALYZE, VACUUM and settings of autovacuum: proposed from the catalog, decided by the mode or a person, run on the
queue for DDL, one at a time on a target."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from os import cpu_count
from typing import Any

from celery import shared_task

from celeriac.maintenance import decide, guards, need, perform, propose, reading, runs, undo
from celeriac.maintenance.conclude import Done, Interrupted, Result
from celeriac.maintenance.policy import Limits
from celeriac.maintenance.runs import Run, RunMoved
from celeriac.maintenance.sessions import Told
from celeriac.priorities import HIGH, LOW
from celeriac.supervision.outcome import Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions
from config.database import autocommit, ledger, read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask
from tasks.ddl import DDL_QUEUE, DdlTask
from tasks.loop import SHOWN

EXPIRES_S = 240
"""What found no worker within it is sent again by the next round; so none pile up behind a long build."""

SKIPPED = 100
"""Of a role that owns nothing, every table would be listed."""


@shared_task(name="celeriac.maintenance.propose", base=OptimizerTask, bind=True)
def find(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Look what every table needs, propose it, close what is needed no more, and dispatch what may be done."""
    policy = settings().maintenance
    with read_only(target) as connection:
        found, skipped = need.needs(reading.tables(connection), reading.server(connection), policy)
    with ledger(target) as state:
        proposed = propose.propose_all(state, target, found, policy)
    dispatched = _dispatch(target)
    with ledger(target) as state:
        shown = [_shown(run) for run in runs.latest(state, target)]
    results.publish("maintenance", target, {"runs": shown, "skipped": [asdict(one) for one in skipped[:SKIPPED]]})
    waiting = [run.id for run in proposed if run.state == "proposed"]
    return {"needs": len(found), "proposed": waiting[:SHOWN], "skipped": len(skipped), **dispatched}


@shared_task(name="celeriac.maintenance.apply", base=OptimizerTask, bind=True)
def apply(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Conclude what a crash left, ask the guards about what is approved, and dispatch what they let pass."""
    return _dispatch(target)


@shared_task(name="celeriac.maintenance.run", base=DdlTask, bind=True)
def run(self: DdlTask, run_id: int, target: str = "main") -> dict[str, Any]:
    """Make one approved run."""
    forwarded = self.forwarded(run_id=run_id, target=target)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        approved = runs.get(state, run_id, target)
    if approved.state != "approved":
        return {"run_id": run_id, "status": "skipped", "reason": f"the run is {approved.state}"}

    def report(progress: Progress) -> None:
        self.progress(int(progress.percent), 100, "%", f"{approved.table}: {progress.phase}")

    try:
        with _sessions(target) as ours:
            return _told(run_id, perform.perform(ours, approved, told(target), report=report))
    except RunMoved as moved:
        return {"run_id": run_id, "status": "skipped", "reason": str(moved)}


@shared_task(name="celeriac.maintenance.revert", base=DdlTask, bind=True)
def revert(
    self: DdlTask, run_id: int, target: str = "main", actor: str = "a caller", reason: str = "asked for"
) -> dict[str, Any]:
    """Give a table back exactly the settings that it had before one run."""
    forwarded = self.forwarded(run_id=run_id, target=target, actor=actor, reason=reason)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        done = runs.get(state, run_id, target)
    with _sessions(target) as ours:
        outcome = undo.revert(ours, done, told(target), actor=actor, reason=reason)
    if isinstance(outcome, Refused):
        return {"run_id": run_id, "status": "refused", "reason": outcome.reason}
    return {"run_id": run_id, "status": outcome.state}


@shared_task(name="celeriac.maintenance.approve", base=OptimizerTask, bind=True, exclusive=False)
def approve(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    run_id: int,
    target: str = "main",
    actor: str = "a caller",
) -> dict[str, Any]:
    """Approve one proposal and dispatch it."""
    with ledger(target) as state:
        propose.approve(state, runs.get(state, run_id, target), actor=actor, policy=settings().maintenance)
    return {"run_id": run_id, "status": "approved", **_dispatch(target)}


@shared_task(name="celeriac.maintenance.reject", base=OptimizerTask, bind=True, exclusive=False)
def reject(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    run_id: int,
    target: str = "main",
    actor: str = "a caller",
    reason: str = "not wanted",
) -> dict[str, Any]:
    """Refuse one proposal or approval."""
    with ledger(target) as state:
        propose.reject(state, runs.get(state, run_id, target), actor=actor, reason=reason)
    return {"run_id": run_id, "status": "rejected"}


def told(target: str) -> Told:
    """Return what a run on one target is told: the limits of every change, and those of maintenance."""
    chosen, guard = settings(), settings().guards
    limits = Limits(
        mode=chosen.target(target).mode,
        paused=chosen.loop.paused,
        window=guard.window,
        max_active_backends_per_core=guard.max_active_backends_per_core,
        cores=guard.server_cores or cpu_count() or 1,
        max_replication_lag_s=guard.max_replication_lag_s,
        max_replication_lag_bytes=guard.max_replication_lag_bytes,
        max_snapshot_age_s=guard.max_snapshot_age_s,
        max_waiters=guard.max_waiters,
    )
    return Told(chosen.maintenance, limits)


def _dispatch(target: str) -> dict[str, Any]:
    given = told(target)
    with ledger(target) as state:
        propose.approve_automatically(state, target, given)
        if not runs.in_states(state, target, "approved", "running"):
            return {"dispatched": [], "held_back": 0}
    sent: list[Run] = []
    with _sessions(target) as ours:
        perform.recover(ours, target, given)
        with ledger(target) as state:
            waiting = runs.ready(state, target)
            for one in waiting:
                outcome = decide.may_begin(guards.case(ours.watch, state, one, given))
                if isinstance(outcome, Refused):
                    runs.note(state, one, outcome.reason)
                else:
                    sent.append(one)
    for one in sent:
        arguments = {"run_id": one.id, "target": target}
        priority = LOW if one.actor == decide.AUTO else HIGH
        run.apply_async(kwargs=arguments, queue=DDL_QUEUE, priority=priority, expires=EXPIRES_S)
    return {"dispatched": [one.id for one in sent][:SHOWN], "held_back": len(waiting) - len(sent)}


@contextmanager
def _sessions(target: str) -> Iterator[Sessions]:
    lock_timeout_ms = settings().maintenance.lock_timeout_ms
    with (
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as work,
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as watch,
    ):
        yield Sessions(work, watch, lambda: ledger(target))


def _told(run_id: int, result: Result) -> dict[str, Any]:
    shown: dict[str, Any] = {"run_id": run_id, "status": type(result).__name__.lower()}
    if isinstance(result, Done):
        return {**shown, "outcome": (result.run.outcome or "")[:500]}
    if isinstance(result, Interrupted):
        return {**shown, "reason": result.reason[:500], "state": result.run.state}
    return {**shown, "reason": result.reason[:500]}


def _shown(one: Run) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "table": one.table,
        "state": one.state,
        "since": one.state_since,
        "reason": one.reason,
        "outcome": one.outcome,
        "ddl": one.ddl,
        "undo_ddl": one.undo_ddl,
        "actor": one.actor,
    }
