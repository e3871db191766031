"""The loop for indexes as it is scheduled: advise, look for what is bloated or missing, judge, and mend after a crash.

What it decides is done by `tasks.ddl`; what people decide stands in `tasks.decisions`.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from celery import shared_task
from sqlalchemy import Connection

from celeriac.indexes import calibration, declared, propose, prune, recent, reconcile, reindex, settle, verify
from celeriac.indexes import drop as dropping
from celeriac.indexes.drop import asking
from celeriac.indexes.drop import propose as surplus
from celeriac.indexes.index import Advice
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.recommend import recommend as advise
from celeriac.ledger import changes, control, planning
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.statements.catalog import Catalog, read_catalog
from config.database import ledger, read_only, replicas
from config.settings import settings
from tasks import ddl, results
from tasks.base import OptimizerTask
from tasks.dispatch import dispatch
from tasks.loop import SHOWN, policies, sessions


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
        "proposed": [change.id for change in proposed.changes][:SHOWN],
        "refused": len(advice.refused) + len(proposed.refused),
        "unplannable": len(advice.unplannable),
        "planner_verified": advice.planner_verified,
        **dispatch(target),
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
    return {"missing": len(wanted), "proposed": proposed[:SHOWN], "unused": len(idle), **dispatch(target)}


@shared_task(name="celeriac.indexes.apply", base=OptimizerTask, bind=True)
def apply(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Ask the guards about every approved change and dispatch the builds that they let pass."""
    return dispatch(target)


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
    return {"found": len(found), "proposed": proposed[:SHOWN], **dispatch(target)}


@shared_task(name="celeriac.indexes.verify", base=OptimizerTask, bind=True)
def verify_changes(self: OptimizerTask, target: str = "main") -> dict[str, Any]:
    """Judge every change that has settled, by what was measured: keep, undo, or wait for more."""
    told = policies(target)
    with ledger(target) as state:
        settle.advance(state, target, told.verify)
        pending = changes.in_states(state, target, "verifying", "drop_verifying")
    decided = _Decided()
    if pending:
        with read_only(target) as connection, replicas(target) as others:
            catalog, parse = read_catalog(connection), verify.remembering()
            for number, change in enumerate(pending):
                self.progress(number, len(pending), "changes", change.index_name or "")
                with ledger(target) as state, suppress(ChangeMoved):  # a person was faster
                    if change.kind == "drop":
                        pages = verify.pages(connection, change)
                        verdict = dropping.verify(state, change, told.verify, catalog, pages=pages, parse=parse)
                        concluded = dropping.conclude(state, change, verdict, told.loop)
                    else:
                        verdict = verify.verify(
                            connection, state, change, told.verify, catalog, replicas=others, parse=parse
                        )
                        concluded = verify.conclude(state, change, verdict, told.loop)
                    decided.add(concluded)
            if decided.kept:
                _follow_up(connection, target, catalog, told.loop)
    for change in decided.undoing:
        ddl.send(change)
    return decided.as_json()


@shared_task(name="celeriac.indexes.reconcile", base=OptimizerTask, bind=True)
def reconcile_target(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Finish or undo whatever a crash left, close what is overdue, and dispatch what waits."""
    with ledger(target) as state:
        control.follow_setting(state, target, paused=settings().loop.paused)
        overdue = propose.expire(state, target, settings().loop)
    with sessions(target) as ours:
        steps = reconcile.reconcile(ours, target, policies(target))
    mended = [f"{step.index_name}: {step.action}, {step.outcome}"[:120] for step in steps]
    return {"mended": mended[:5], "overdue": len(overdue), **dispatch(target)}


@dataclass(slots=True)
class _Decided:
    """What the judges said."""

    kept: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    undoing: list[Change] = field(default_factory=list)
    waiting: int = 0

    def add(self, change: Change) -> None:
        """Sort a change by the state that its verdict has brought it to."""
        if change.state in ("reverting", "restoring"):
            self.undoing.append(change)
        elif change.state in ("kept", "dropped"):
            (self.kept if change.state == "kept" else self.dropped).append(change.id)
        else:
            self.waiting += 1

    def as_json(self) -> dict[str, Any]:
        """Return the task's result."""
        return {
            "kept": self.kept[:SHOWN],
            "dropped": self.dropped[:SHOWN],
            "reverting": [change.id for change in self.undoing if change.kind != "drop"][:SHOWN],
            "restoring": [change.id for change in self.undoing if change.kind == "drop"][:SHOWN],
            "waiting": self.waiting,
        }


def _follow_up(connection: Connection, target: str, catalog: Catalog, loop: LoopPolicy) -> None:
    """Propose to drop what an index that is now kept was to take the place of."""
    policy = settings().advisor
    with ledger(target) as state:
        if not surplus.waits(state, target):
            return  # the catalog of indexes need not be read
        replaced = surplus.replaceable(state, target, prune.read(connection))
        workload = recent.workload(state, target, catalog, policy.workload)
    answer = asking.ask(connection, workload, catalog, [one for one, _ in replaced], policy)
    with ledger(target) as state:
        planning.record(state, target, answer.planning_use)
        surplus.follow_up(connection, state, target, replaced, answer.missed, actor="celeriac", policy=loop)


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
