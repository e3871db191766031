"""What a person or service decides about a change: approve it, refuse it, or undo it."""

from datetime import UTC, datetime
from typing import Any

from celery import shared_task

from celeriac.indexes import propose, undo
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from config.database import ledger
from config.settings import settings
from tasks import ddl
from tasks.base import OptimizerTask
from tasks.dispatch import dispatch
from tasks.loop import SHOWN


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
    return {"change_id": change_id, "status": "approved", **dispatch(target)}


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


@shared_task(name="celeriac.indexes.revert", base=OptimizerTask, bind=True, exclusive=False)
def revert(
    self: OptimizerTask,  # noqa: ARG001 - Celery passes it
    change_id: int | None = None,
    target: str = "main",
    actor: str = "a caller",
    reason: str = "asked for",
    since: datetime | None = None,
    everything: bool = False,
) -> dict[str, Any]:
    """Undo one change, those begun since an instant, or all: what was built goes, what was dropped comes back."""
    undo.check_choice(change_id=change_id, since=since, everything=everything)
    decided: list[Change] = []
    with ledger(target) as state:
        if change_id is None:
            chosen = undo.chosen(changes.all_of(state, target), _aware(since))
        else:
            chosen = (changes.get(state, change_id, target),)
        decided = [undo.begin(state, one, settings().loop, actor=actor, reason=f"{actor}: {reason}") for one in chosen]
    for change in decided:
        ddl.send(change, by_person=True)
    if change_id is not None:
        return {"change_id": change_id, "status": decided[0].state}
    return {"changes": [change.id for change in decided][:SHOWN], "undoing": len(decided)}


def _aware(since: datetime | None) -> datetime | None:
    """Take an instant without a zone as UTC."""
    return since if since is None or since.tzinfo is not None else since.replace(tzinfo=UTC)
