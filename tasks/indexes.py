"""The loop for indexes: advise, decide, build, judge, keep or undo, and mend after a crash.

Whatever runs DDL does so on the queue `celeriac.ddl`, and is kept apart by PostgreSQL's advisory locks and the ledger:
a message that is delivered twice, or lost, changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from celery import shared_task

from celeriac.buffers.outcome import WarmReport
from celeriac.buffers.relations import warm_index
from celeriac.buffers.warm import record as record_warming
from celeriac.indexes import build as building
from celeriac.indexes import calibration, declared, guards, propose, recent, reconcile, reindex, revert, settle, verify
from celeriac.indexes.guards.context import Context
from celeriac.indexes.index import Advice
from celeriac.indexes.outcome import Refused
from celeriac.indexes.recommend import recommend as advise
from celeriac.indexes.sessions import Policies, Sessions
from celeriac.indexes.watched import Progress
from celeriac.ledger import changes, planning
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.priorities import HIGH, NORMAL
from celeriac.statements.capture import capture
from celeriac.statements.catalog import read_catalog
from config.database import autocommit, ledger, read_only, replicas
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask

DDL_QUEUE = "celeriac.ddl"
EXPIRES_S = 60
"""A build that found no worker within it is dispatched again by the next round; so none pile up behind a long one."""
_SHOWN = 20
"""Ids in a result: events cut it at 1 KB."""


class DdlTask(OptimizerTask):
    """A task that runs DDL: it forwards itself to the queue for it, and needs no lease.

    A lease would turn the forwarded copy away while the first one still ends; the advisory lock on the DDL session is
    what excludes, and it dies with the session.
    """

    abstract = True
    exclusive = False

    def forwarded(self, **arguments: Any) -> dict[str, Any] | None:
        """Send this run to the DDL queue where it arrived on another one; None where it is right here."""
        delivered = (self.request.delivery_info or {}).get("routing_key")
        if self.request.called_directly or self.request.is_eager or delivered == DDL_QUEUE:
            return None
        sent = self.apply_async(kwargs=arguments, queue=DDL_QUEUE, priority=NORMAL)
        return {"status": "forwarded", "queue": DDL_QUEUE, "task_id": sent.id}


@shared_task(name="celeriac.indexes.recommend", base=OptimizerTask, bind=True)
def recommend(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Advise on what was measured of late, write it into the ledger and, in mode auto, approve and dispatch it."""
    policy, loop = settings().advisor, settings().loop_policy(target)
    with read_only(target, replica=True) as connection:
        catalog = read_catalog(connection)
        with ledger(target) as state:
            workload = recent.workload(state, target, catalog, policy.workload)
            held = propose.kept_out(state, target, catalog, workload)
            learned = calibration.calibrate(calibration.observations(changes.all_of(state, target)))
        if workload is None:
            return {
                "status": "waiting",
                "reason": "no statements were measured yet: celeriac.statements.capture runs first",
            }
        advice = advise(
            connection,
            workload,
            policy,
            quarantined=held,
            calibrated=learned,
            progress=lambda done, total, note: self.progress(done, total, "what-if calls", note),
        )
    with ledger(target) as state:
        planning.record(state, target, advice.planning_use)
        proposed = propose.propose_all(state, target, advice, catalog, origin="advisor", actor="celeriac", policy=loop)
    results.publish("recommendations", target, _document(advice, proposed))
    return {
        "status": "done",
        "mode": loop.mode,
        "statements": advice.statements,
        "recommendations": len(advice.recommendations),
        "proposed": [change.id for change in proposed.changes][:_SHOWN],
        "refused": len(advice.refused) + len(proposed.refused),
        "unplannable": len(advice.unplannable),
        "planner_verified": advice.planner_verified,
        **_dispatch(target),
    }


@shared_task(name="celeriac.indexes.ensure_declared", base=OptimizerTask, bind=True)
def ensure_declared(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Propose the declared indexes that are missing where their tables exist, and name those that nobody uses."""
    loop = settings().loop_policy(target)
    with read_only(target) as connection:
        catalog = read_catalog(connection)
    declarations = declared.declarations()
    wanted = declared.missing(declarations, catalog)
    idle = declared.unused(declarations, catalog)
    with ledger(target) as state:
        outcomes = [
            propose.propose(
                state,
                target,
                one,
                table=catalog.find(one.definition.schema, one.definition.table),
                origin="declared",
                actor="celeriac",
                policy=loop,
            )
            for one in wanted
        ]
    proposed = [outcome.id for outcome in outcomes if isinstance(outcome, changes.Change)]
    results.publish("declared_indexes", target, {"missing": [one.ddl for one in wanted], "unused": _sentences(idle)})
    return {"missing": len(wanted), "proposed": proposed[:_SHOWN], "unused": len(idle), **_dispatch(target)}


@shared_task(name="celeriac.indexes.apply", base=OptimizerTask, bind=True)
def apply(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Ask the guards about every approved change and dispatch the builds that they let pass."""
    return _dispatch(target)


@shared_task(name="celeriac.indexes.build", base=DdlTask, bind=True)
def build(self: DdlTask, change_id: int, target: str = "main") -> dict[str, Any]:
    """Build the index of one approved change."""
    return _make(self, change_id, target, building.build)


@shared_task(name="celeriac.indexes.rebuild", base=DdlTask, bind=True)
def rebuild(self: DdlTask, change_id: int, target: str = "main") -> dict[str, Any]:
    """Rebuild the bloated index of one approved change."""
    return _make(self, change_id, target, reindex.rebuild)


@shared_task(name="celeriac.indexes.reindex", base=OptimizerTask, bind=True)
def find_bloat(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Find the b-trees that waste much, propose to rebuild them and, in mode auto, approve and dispatch it."""
    loop = settings().loop_policy(target)
    with read_only(target) as connection:
        with ledger(target) as state:
            fresh = reindex.sizes_when_built(changes.all_of(state, target))
        found = reindex.find(connection, read_catalog(connection), settings().reindex, fresh)
        with ledger(target) as state:
            outcomes = [reindex.propose(connection, state, target, one, actor="celeriac", policy=loop) for one in found]
    proposed = [outcome.id for outcome in outcomes if isinstance(outcome, Change)]
    results.publish("bloat", target, {"found": [one.sentence for one in found]})
    return {"found": len(found), "proposed": proposed[:_SHOWN], **_dispatch(target)}


@shared_task(name="celeriac.indexes.drop", base=DdlTask, bind=True)
def drop(self: DdlTask, change_id: int, target: str = "main", by_person: bool = False) -> dict[str, Any]:
    """Drop the index of one change that is being reverted."""
    forwarded = self.forwarded(change_id=change_id, target=target, by_person=by_person)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        change = changes.get(state, change_id, target)
        reason = revert.reason_of(state, change)
    if change.state != "reverting":
        return {"change_id": change_id, "status": "skipped", "reason": f"the change is {change.state}"}
    with _sessions(target) as sessions:
        try:
            result = revert.revert(sessions, change, _policies(target), reason=reason, by_person=by_person)
        except ChangeMoved as moved:
            return {"change_id": change_id, "status": "skipped", "reason": str(moved)}
    return _told(change_id, result)


@shared_task(name="celeriac.indexes.verify", base=OptimizerTask, bind=True)
def verify_changes(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Judge every change that has settled, by what was measured: keep, undo, or wait for more."""
    policies = _policies(target)
    with ledger(target) as state:
        settle.advance(state, target, policies.verify)
        pending = changes.in_states(state, target, "verifying")
    decided: dict[str, list[int]] = {"keep": [], "revert": [], "wait": []}
    if pending:
        with read_only(target) as connection, replicas(target) as others:
            catalog, parse = read_catalog(connection), verify.remembering()
            for number, change in enumerate(pending):
                self.progress(number, len(pending), "changes", change.index_name or "")
                with ledger(target) as state, suppress(ChangeMoved):  # a person was faster
                    verdict = verify.verify(
                        connection, state, change, policies.verify, catalog, replicas=others, parse=parse
                    )
                    verify.conclude(state, change, verdict, policies.loop)
                    decided[verdict.decision].append(change.id)
    for change_id in decided["revert"]:
        drop.apply_async(kwargs={"change_id": change_id, "target": target}, queue=DDL_QUEUE, priority=HIGH)
    return {"kept": decided["keep"][:_SHOWN], "reverting": decided["revert"][:_SHOWN], "waiting": len(decided["wait"])}


@shared_task(name="celeriac.indexes.revert", base=OptimizerTask, bind=True, exclusive=False)
def revert_change(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    change_id: int,
    target: str = "main",
    actor: str = "a caller",
    reason: str = "asked for",
) -> dict[str, Any]:
    """Undo one change because a person or service says so; its definition goes into quarantine."""
    with ledger(target) as state:
        change = changes.get(state, change_id, target)
        changes.transition(state, change, "revert", actor=actor, reason=f"{actor}: {reason}")
    drop.apply_async(
        kwargs={"change_id": change_id, "target": target, "by_person": True}, queue=DDL_QUEUE, priority=HIGH
    )
    return {"change_id": change_id, "status": "reverting"}


@shared_task(name="celeriac.indexes.approve", base=OptimizerTask, bind=True, exclusive=False)
def approve(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    change_id: int,
    target: str = "main",
    actor: str = "a caller",
) -> dict[str, Any]:
    """Approve one proposal and dispatch it."""
    with ledger(target) as state:
        propose.approve(state, changes.get(state, change_id, target), actor=actor, policy=settings().loop)
    return {"change_id": change_id, "status": "approved", **_dispatch(target)}


@shared_task(name="celeriac.indexes.reject", base=OptimizerTask, bind=True, exclusive=False)
def reject(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    change_id: int,
    target: str = "main",
    actor: str = "a caller",
    reason: str = "not wanted",
) -> dict[str, Any]:
    """Refuse one proposal."""
    with ledger(target) as state:
        propose.reject(state, changes.get(state, change_id, target), actor=actor, reason=reason)
    return {"change_id": change_id, "status": "rejected"}


@shared_task(name="celeriac.indexes.reconcile", base=OptimizerTask, bind=True)
def reconcile_target(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Finish or undo whatever a crash left, close what is overdue, and dispatch what waits."""
    with ledger(target) as state:
        overdue = propose.expire(state, target, settings().loop)
    with _sessions(target) as sessions:
        steps = reconcile.reconcile(sessions, target, _policies(target))
    mended = [f"{step.index_name}: {step.action}, {step.outcome}"[:120] for step in steps]
    return {"mended": mended[:5], "overdue": len(overdue), **_dispatch(target)}


def _make(self: DdlTask, change_id: int, target: str, make: Callable[..., building.Result]) -> dict[str, Any]:
    forwarded = self.forwarded(change_id=change_id, target=target)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        change = changes.get(state, change_id, target)
    if change.state not in ("approved", "baselined"):
        return {"change_id": change_id, "status": "skipped", "reason": f"the change is {change.state}"}

    def report(progress: Progress) -> None:
        waits = f", waits for process {progress.waits_for}" if progress.waits_for else ""
        self.progress(int(progress.percent), 100, "%", f"{progress.phase}{waits}")

    with _sessions(target) as sessions:
        try:
            result = make(sessions, change, _policies(target), capture=lambda: _capture(target), report=report)
        except ChangeMoved as moved:
            return {"change_id": change_id, "status": "skipped", "reason": str(moved)}
    if isinstance(result, Refused):
        _note(target, change_id, result)
    if isinstance(result, building.Built):
        _warm(target, result.change)
    return _told(change_id, result)


@contextmanager
def _sessions(target: str) -> Iterator[Sessions]:
    lock_timeout_ms = settings().builds.lock_timeout_ms
    with (
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as ddl,
        autocommit(target, lock_timeout_ms=lock_timeout_ms) as watch,
    ):
        yield Sessions(ddl, watch, lambda: ledger(target))


def _policies(target: str) -> Policies:
    chosen = settings()
    return Policies(chosen.guards, chosen.builds, chosen.verify, chosen.loop_policy(target))


def _capture(target: str) -> int | None:
    with read_only(target) as connection, ledger(target) as state:
        return capture(connection, state, target, settings().statements).window_id


def _dispatch(target: str) -> dict[str, Any]:
    """Approve what the mode allows, ask the guards, and send the builds that they let pass."""
    policies = _policies(target)
    sent: list[int] = []
    with autocommit(target) as connection, ledger(target) as state:
        propose.approve_automatically(state, target, configured=policies.mode, policy=policies.loop)
        waiting = changes.ready(state, target)
        for change in waiting:
            outcome = guards.before_build(
                Context(connection, state, change, policies.guard, policies.mode, policies.verify)
            )
            if isinstance(outcome, Refused):
                changes.note(state, change, last_error=outcome.reason)
            else:
                sent.append(change.id)
    rebuilds = {change.id for change in waiting if change.kind == "rebuild"}
    for change_id in sent:
        (rebuild if change_id in rebuilds else build).apply_async(
            kwargs={"change_id": change_id, "target": target}, queue=DDL_QUEUE, priority=NORMAL, expires=EXPIRES_S
        )
    return {"dispatched": sent[:_SHOWN], "held_back": len(waiting) - len(sent)}


def _note(target: str, change_id: int, refused: Refused) -> None:
    with ledger(target) as state:
        changes.note(state, changes.get(state, change_id, target), last_error=refused.reason)


def _warm(target: str, change: Change) -> None:
    """Read the new index into the buffers: the table it competes with is there, and it must not be judged cold."""
    assert change.index_name is not None
    with autocommit(target) as connection:
        outcome = warm_index(connection, (change.schema_name, change.index_name), settings().buffers)
    if isinstance(outcome, WarmReport):
        with ledger(target) as state:
            record_warming(state, target, "index", outcome, {"change_id": change.id, "index": change.index_name})


def _told(change_id: int, result: building.Result | revert.Result) -> dict[str, Any]:
    told: dict[str, Any] = {"change_id": change_id, "status": type(result).__name__.lower()}
    if isinstance(result, building.Built | revert.Reverted):
        return {**told, "index": result.change.index_name, "size_bytes": result.change.size_bytes}
    return {**told, "reason": result.reason[:500]}


def _document(advice: Advice, proposed: propose.Proposed) -> dict[str, Any]:
    return {
        "recommendations": [
            {
                "ddl": one.ddl,
                "size_bytes": one.size_bytes,
                "saving_ms_per_hour": one.saving_ms_per_hour,
                "saving_ratio": one.saving_ratio,
                "reason": one.reason,
            }
            for one in advice.recommendations
        ],
        "refused": [{"ddl": ddl, "reason": reason} for ddl, reason in (*advice.refused, *proposed.refused)],
        "unplannable": [{"statement": one.statement, "reason": one.reason} for one in advice.unplannable],
        "planner_verified": advice.planner_verified,
    }


def _sentences(idle: tuple[declared.Unused, ...]) -> list[str]:
    return [one.sentence for one in idle]
