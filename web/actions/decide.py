"""A person's word on a change: the ledger is told at once, the workers right after.

Should the broker be away then, the ledger's word stands and `celeriac.indexes.reconcile` acts on it within a minute.
"""

from dataclasses import dataclass

from celeriac.indexes import propose, undo
from celeriac.ledger import changes, control
from celeriac.ledger.changes import Change
from celeriac.priorities import HIGH, NORMAL
from config.database import ledger
from config.messaging import DDL
from config.settings import settings
from web.actions.producer import tell

_EXPIRES_S = 60


@dataclass(frozen=True, slots=True)
class Decided:
    """What a change became."""

    change_id: int
    state: str
    dispatched: bool
    """False where the workers could not be told; they will see it in the ledger within a minute."""


def approve(target: str, change_id: int, *, actor: str) -> Decided:
    """Approve a proposal; raises ChangeUnknown, ForbiddenTransition, ChangeMoved."""
    with ledger(target) as state:
        known = changes.get(state, change_id, target)
        change = propose.approve(state, known, actor=actor, policy=settings().loop_policy(target))
    told = tell("celeriac.indexes.apply", {"target": target}, priority=NORMAL, expires=_EXPIRES_S)
    return _decided(change, told)


def reject(target: str, change_id: int, *, actor: str, reason: str = "not wanted") -> Decided:
    """Refuse a proposed or approved change; raises ChangeUnknown, ForbiddenTransition, ChangeMoved."""
    with ledger(target) as state:
        change = propose.reject(state, changes.get(state, change_id, target), actor=actor, reason=reason)
    return _decided(change, told=True)


def revert(target: str, change_id: int, *, actor: str, reason: str = "asked for") -> Decided:
    """Undo a change: what was built goes, what was dropped comes back; raises NothingToUndo and what approve does."""
    with ledger(target) as state:
        known = changes.get(state, change_id, target)
        change = undo.begin(state, known, settings().loop_policy(target), actor=actor, reason=f"{actor}: {reason}")
    arguments = {"change_id": change_id, "target": target, "by_person": True}
    task = "celeriac.indexes.restore" if change.state == "restoring" else "celeriac.indexes.drop"
    return _decided(change, tell(task, arguments, queue=DDL, priority=HIGH))


def pause(target: str, *, actor: str, reason: str = "asked for") -> None:
    """Stop every change on a target at once, running builds included."""
    settings().target(target)
    with ledger(target) as state:
        control.pause(state, target, actor=actor, reason=reason)


def resume(target: str, *, actor: str, reason: str = "asked for") -> None:
    """Lift a target's own pause."""
    settings().target(target)
    with ledger(target) as state:
        control.resume(state, target, actor=actor, reason=reason)


def _decided(change: Change, told: bool) -> Decided:
    return Decided(change.id, change.state, told)
