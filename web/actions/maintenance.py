"""A person's word on maintenance: the ledger is told at once, the workers right after.

Should the broker be away then, the ledger's word stands, and `celeriac.maintenance.apply` acts on it within five
minutes. An undo is work on the target itself: it is begun, or the caller is told that it was not.
"""

from dataclasses import dataclass

from celeriac.maintenance import propose, reading, runs
from celeriac.maintenance import undo as undoing
from celeriac.maintenance.runs import Run
from celeriac.priorities import NORMAL
from config.database import ledger, read_only
from config.messaging import DDL
from config.settings import settings
from web.actions.producer import tell
from web.actions.work import Started, start

_EXPIRES_S = 60


@dataclass(frozen=True, slots=True)
class RunDecided:
    """What a run became."""

    run_id: int
    state: str
    dispatched: bool
    """False where the workers could not be told; they will see it in the ledger within five minutes."""


def approve(target: str, run_id: int, *, actor: str) -> RunDecided:
    """Approve a proposal; raises TargetUnknown, RunUnknown, MoveForbidden, RunMoved."""
    with ledger(target) as state:
        known = runs.get(state, run_id, target)
        run = propose.approve(state, known, actor=actor, policy=settings().maintenance)
    told = tell("celeriac.maintenance.apply", {"target": target}, priority=NORMAL, expires=_EXPIRES_S)
    return _decided(run, dispatched=told)


def reject(target: str, run_id: int, *, actor: str, reason: str = "not wanted") -> RunDecided:
    """Refuse a proposal or approval; raises TargetUnknown, RunUnknown, MoveForbidden, RunMoved."""
    with ledger(target) as state:
        run = propose.reject(state, runs.get(state, run_id, target), actor=actor, reason=reason)
    return _decided(run, dispatched=True)


def revert(target: str, run_id: int, *, actor: str, reason: str = "asked for") -> Started:
    """Begin to give a table back the settings it had.

    Raises RunUnknown, NothingToUndo, MoveForbidden, ChangedSince, and what `start` raises.
    """
    with ledger(target) as state:
        run = runs.get(state, run_id, target)
    undoing.check(run)
    with read_only(target) as connection:
        undoing.check(run, reading.table(connection, run.table_oid))
    arguments = {"run_id": run_id, "actor": actor, "reason": reason}
    return start("celeriac.maintenance.revert", target, actor=actor, arguments=arguments, queue=DDL)


def _decided(run: Run, *, dispatched: bool) -> RunDecided:
    return RunDecided(run.id, run.state, dispatched)
