"""The kill switch as a task: for callers that have a broker and no shell."""

from typing import Any

from celery import shared_task

from celeriac.ledger import control
from config.database import ledger
from config.settings import settings
from tasks.base import OptimizerTask


@shared_task(name="celeriac.control.pause", base=OptimizerTask, bind=True, exclusive=False)
def pause(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    target: str = "main",
    actor: str = "a caller",
    reason: str = "asked for",
) -> dict[str, Any]:
    """Stop every change on a target at once: a running build or drop is cancelled at its next poll, nothing begins."""
    with ledger(target) as state:
        control.pause(state, target, actor=actor, reason=reason)
    return {"target": target, "status": "paused", "reason": reason}


@shared_task(name="celeriac.control.resume", base=OptimizerTask, bind=True, exclusive=False)
def resume(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    target: str = "main",
    actor: str = "a caller",
    reason: str = "asked for",
) -> dict[str, Any]:
    """Lift a target's own pause, and give it back its configured mode where it had fallen back to approve."""
    with ledger(target) as state:
        control.resume(state, target, actor=actor, reason=reason)
        held = control.in_force(state, target, paused=settings().loop.paused)
    return {"target": target, "status": "paused" if held.paused else "resumed", "reason": held.reason}
