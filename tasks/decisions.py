"""What a person or service decides about a change: approve it, refuse it, or undo it."""

from datetime import UTC, datetime
from typing import Any

from celery import shared_task

from celeriac.indexes import propose, undo
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.ledger.states import ForbiddenTransition
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
    told = f"{actor}: {reason}"
    if change_id is not None:
        with ledger(target) as state:
            decided = undo.begin(
                state, changes.get(state, change_id, target), settings().loop, actor=actor, reason=told
            )  # fmt: skip
        ddl.send(decided, by_person=True)
        return {"change_id": change_id, "status": decided.state}
    with ledger(target) as state:
        chosen = undo.chosen(changes.all_of(state, target), _aware(since))
    undoing, moved = _begin_each(chosen, actor, told)
    for change in undoing:
        ddl.send(change, by_person=True)
    outcome = {"changes": [change.id for change in undoing][:SHOWN], "undoing": len(undoing)}
    return {**outcome, "moved": moved[:SHOWN]} if moved else outcome


def _begin_each(chosen: tuple[Change, ...], actor: str, reason: str) -> tuple[list[Change], list[str]]:
    """Decide each by itself: one that moves at this moment keeps no other from being undone."""
    undoing: list[Change] = []
    moved: list[str] = []
    for change in chosen:
        try:
            with ledger(change.target) as state:
                undoing.append(undo.begin(state, change, settings().loop, actor=actor, reason=reason))
        except (ChangeMoved, ForbiddenTransition) as error:
            moved.append(str(error))
    return undoing, moved


def _aware(since: datetime | None) -> datetime | None:
    """Take an instant without a zone as UTC."""
    return since if since is None or since.tzinfo is not None else since.replace(tzinfo=UTC)
