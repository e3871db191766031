"""PostgreSQL's buffers: remember the hot blocks, and bring them back after a restart."""

from dataclasses import asdict
from typing import Any

from celery import shared_task

from celeriac.buffers import snapshot as snapshots
from celeriac.buffers.hot import Snapshot
from celeriac.buffers.outcome import Refused, Unavailable, WarmReport
from celeriac.buffers.warm import warm as warm_buffers
from config.database import autocommit, ledger, read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


@shared_task(name="celeriac.buffers.snapshot", base=OptimizerTask, bind=True)
def snapshot(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Remember which blocks are hot, for the next restart."""
    policy = settings().buffers
    with read_only(target) as connection, ledger(target) as state:
        taken = snapshots.take(connection, state, target, policy)
        snapshots.prune(state, target, policy)
    return _told(taken)


@shared_task(name="celeriac.buffers.warm", base=OptimizerTask, bind=True)
def warm(self: OptimizerTask, target: str = "main", force: bool = False) -> dict[str, Any]:
    """Bring the hot blocks back where the server has restarted since they were remembered; `force` does so anyway."""

    def progress(done: int, total: int, relation: str) -> None:
        self.progress(done, total, "blocks", relation)

    with autocommit(target) as connection, ledger(target) as state:
        outcome = warm_buffers(connection, state, target, settings().buffers, force=force, progress=progress)
    told = _told(outcome)
    if isinstance(outcome, WarmReport):
        results.publish("buffers", target, {**asdict(outcome), **told})
    return told


def _told(outcome: Snapshot | WarmReport | Refused | Unavailable) -> dict[str, Any]:
    match outcome:
        case Snapshot(id=id_, blocks=blocks, relations=relations):
            return {"status": "done", "snapshot_id": id_, "blocks": blocks, "relations": len(relations)}
        case WarmReport(blocks=blocks, bytes=bytes_, seconds=seconds, skipped=skipped, stopped=stopped):
            found = {"blocks": blocks, "bytes": bytes_, "seconds": round(seconds, 3), **_first_queries(outcome)}
            return {"status": "done", **found, "skipped": len(skipped), "stopped": stopped}
        case Refused(reason=reason):
            return {"status": "refused", "reason": reason}
        case Unavailable():
            return {"status": "unavailable", "reason": str(outcome)}


def _first_queries(report: WarmReport) -> dict[str, Any]:
    """Tell what the same read of hot blocks took before and after."""
    first = report.first_queries
    if first is None:
        return {}
    return {"first_query_ms": {"before": round(first.before.ms, 2), "after": round(first.after.ms, 2)}}
