"""Statements: measure what ran since the last capture, publish what is slow, forget what is old."""

from typing import Any

from celery import shared_task
from sqlalchemy import Connection

from celeriac.statements import retention, windows
from celeriac.statements.capture import Captured
from celeriac.statements.capture import capture as take
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions import store as regressions
from celeriac.statements.slow import describe, slow
from config.database import ledger, read_only
from config.settings import settings
from tasks import results
from tasks.base import OptimizerTask


@shared_task(name="celeriac.statements.capture", base=OptimizerTask, bind=True)
def capture(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Store what every statement did since the last capture, and publish the slow ones of the last hour."""
    policy = settings().statements
    with read_only(target) as connection, ledger(target) as state:
        captured = take(connection, state, target, policy)
        document = _slow_statements(state, target, captured, policy)
    if document is not None:
        results.publish("slow_statements", target, document)
    return {
        "window_id": captured.window_id,
        "statements": captured.statements,
        "calls": captured.calls,
        "complete": captured.complete,
        "note": captured.note,
    }


@shared_task(name="celeriac.statements.prune", base=OptimizerTask, bind=True)
def prune(self: OptimizerTask, target: str = "main") -> dict[str, Any]:  # noqa: ARG001 - Celery passes it
    """Delete windows, texts and hours that are older than the policies keep."""
    with ledger(target) as state:
        pruned = retention.prune(state, target, settings().statements)
        hours = regressions.prune(state, target, settings().regressions)
    return {"windows": pruned.windows, "statements": pruned.statements, "hours": hours}


def _slow_statements(
    state: Connection, target: str, captured: Captured, policy: StatementPolicy
) -> dict[str, Any] | None:
    window = windows.read(state, target, since=captured.ended_at - policy.slow_over)
    if window is None:
        return None
    return {
        "started_at": window.started_at,
        "ended_at": window.ended_at,
        "complete": window.complete,
        "statements": [describe(found) for found in slow(window, policy)],
    }
