"""What runs DDL: on the queue `celeriac.ddl`, kept apart by PostgreSQL's advisory locks and the ledger.

A message that is delivered twice, or lost, changes nothing.
"""

from collections.abc import Callable
from typing import Any

from celery import shared_task

from celeriac.buffers.outcome import WarmReport
from celeriac.buffers.relations import warm_index
from celeriac.buffers.warm import record as record_warming
from celeriac.indexes import build as building
from celeriac.indexes import drop as dropping
from celeriac.indexes import prune, reindex, revert
from celeriac.indexes.drop import restoring, run
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.priorities import HIGH, NORMAL
from celeriac.statements.capture import capture
from celeriac.supervision.outcome import Refused
from celeriac.supervision.progress import Progress
from config.database import autocommit, ledger, read_only, replicas
from config.settings import settings
from tasks.base import OptimizerTask
from tasks.loop import policies, sessions

DDL_QUEUE = "celeriac.ddl"
EXPIRES_S = 60
"""A build that found no worker within it is dispatched again by the next round; so none pile up behind a long one."""

_Result = building.Result | revert.Result | run.Result | restoring.Result


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


@shared_task(name="celeriac.indexes.build", base=DdlTask, bind=True)
def build(self: DdlTask, change_id: int, target: str = "main") -> dict[str, Any]:
    """Build the index of one approved change."""
    return _make(self, change_id, target, building.build)


@shared_task(name="celeriac.indexes.rebuild", base=DdlTask, bind=True)
def rebuild(self: DdlTask, change_id: int, target: str = "main") -> dict[str, Any]:
    """Rebuild the bloated index of one approved change."""
    return _make(self, change_id, target, reindex.rebuild)


@shared_task(name="celeriac.indexes.drop", base=DdlTask, bind=True)
def drop(self: DdlTask, change_id: int, target: str = "main", by_person: bool = False) -> dict[str, Any]:
    """Drop an index: of one change that is being reverted, or the surplus one of an approved drop."""
    forwarded = self.forwarded(change_id=change_id, target=target, by_person=by_person)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        change = changes.get(state, change_id, target)
        reason = revert.reason_of(state, change)
    if change.kind == "drop":
        return _attempted(change, "approved", lambda: _drop(change))
    return _attempted(change, "reverting", lambda: _revert(change, reason, by_person))


@shared_task(name="celeriac.indexes.restore", base=DdlTask, bind=True)
def restore(self: DdlTask, change_id: int, target: str = "main", by_person: bool = False) -> dict[str, Any]:
    """Bring back the index of one drop that is being undone."""
    forwarded = self.forwarded(change_id=change_id, target=target, by_person=by_person)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        change = changes.get(state, change_id, target)

    def bring_back() -> _Result:
        with sessions(target) as ours:
            return dropping.restore(ours, change, policies(target), by_person=by_person, report=_reporting(self))

    return _attempted(change, "restoring", bring_back)


def send(change: Change, *, by_person: bool = False) -> None:
    """Send what the change's state asks for to the DDL queue."""
    arguments: dict[str, Any] = {"change_id": change.id, "target": change.target}
    if change.state in ("reverting", "restoring"):
        if by_person:
            arguments["by_person"] = True
        task = drop if change.state == "reverting" else restore
        if change.state == "restoring" and not by_person:  # each round sends it again: they must not pile up
            restore.apply_async(kwargs=arguments, queue=DDL_QUEUE, priority=HIGH, expires=EXPIRES_S)
        else:
            task.apply_async(kwargs=arguments, queue=DDL_QUEUE, priority=HIGH)
        return
    task = {"drop": drop, "rebuild": rebuild}.get(change.kind, build)
    task.apply_async(kwargs=arguments, queue=DDL_QUEUE, priority=NORMAL, expires=EXPIRES_S)


def _make(self: DdlTask, change_id: int, target: str, make: Callable[..., building.Result]) -> dict[str, Any]:
    forwarded = self.forwarded(change_id=change_id, target=target)
    if forwarded is not None:
        return forwarded
    with ledger(target) as state:
        change = changes.get(state, change_id, target)
    if change.state not in ("approved", "baselined"):
        return _skipped(change_id, f"the change is {change.state}")

    def build_it() -> _Result:
        with sessions(target) as ours:
            return make(
                ours, change, policies(target), capture=lambda: _capture(target), report=_reporting(self)
            )  # fmt: skip

    return _attempted(change, change.state, build_it)


def _attempted(change: Change, expected: str, attempt: Callable[[], _Result]) -> dict[str, Any]:
    """Make an attempt on a change that is as expected, and tell what came of it."""
    if change.state != expected:
        return _skipped(change.id, f"the change is {change.state}")
    try:
        result = attempt()
    except ChangeMoved as moved:
        return _skipped(change.id, str(moved))
    if isinstance(result, Refused) and expected in ("approved", "baselined"):
        with ledger(change.target) as state:
            changes.note(state, changes.get(state, change.id, change.target), last_error=result.reason)
    if isinstance(result, building.Built | restoring.Restored):
        _warm(change.target, result.change)
    return _told(change.id, result)


def _drop(change: Change) -> _Result:
    with sessions(change.target) as ours, replicas(change.target) as others:
        return dropping.drop(
            ours,
            change,
            policies(change.target),
            capture=lambda: _capture(change.target),
            replicas=prune.servers(others),
        )


def _revert(change: Change, reason: str, by_person: bool) -> _Result:
    with sessions(change.target) as ours:
        return revert.revert(ours, change, policies(change.target), reason=reason, by_person=by_person)


def _reporting(self: DdlTask) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        waits = f", waits for process {progress.waits_for}" if progress.waits_for else ""
        self.progress(int(progress.percent), 100, "%", f"{progress.phase}{waits}")

    return report


def _capture(target: str) -> int | None:
    with read_only(target) as connection, ledger(target) as state:
        return capture(connection, state, target, settings().statements).window_id


def _warm(target: str, change: Change) -> None:
    """Read the new index into the buffers: the table it competes with is there, and it must not be judged cold."""
    assert change.index_name is not None
    with autocommit(target) as connection:
        outcome = warm_index(connection, (change.schema_name, change.index_name), settings().buffers)
    if isinstance(outcome, WarmReport):
        with ledger(target) as state:
            record_warming(state, target, "index", outcome, {"change_id": change.id, "index": change.index_name})


def _skipped(change_id: int, reason: str) -> dict[str, Any]:
    return {"change_id": change_id, "status": "skipped", "reason": reason}


def _told(change_id: int, result: _Result) -> dict[str, Any]:
    told: dict[str, Any] = {"change_id": change_id, "status": type(result).__name__.lower()}
    if isinstance(result, building.Built | revert.Reverted | run.Removed | restoring.Restored):
        return {**told, "index": result.change.index_name, "size_bytes": result.change.size_bytes}
    return {**told, "reason": result.reason[:500]}
