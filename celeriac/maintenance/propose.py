"""Write what tables need into the ledger, close what they need no more, and take a person's word, or the mode's."""

from collections.abc import Iterable
from itertools import groupby

from sqlalchemy import Connection

from celeriac.ledger import clock, control
from celeriac.maintenance import guards, runs
from celeriac.maintenance.decide import AUTO
from celeriac.maintenance.need import Need
from celeriac.maintenance.policy import MaintenancePolicy
from celeriac.maintenance.runs import Run, RunMoved
from celeriac.maintenance.sessions import Told

ACTOR = "celeriac"


def propose_all(ledger: Connection, target: str, needs: Iterable[Need], policy: MaintenancePolicy) -> tuple[Run, ...]:
    """Propose what is needed, of each kind so much at most, and close proposals and approvals of what is not."""
    found = tuple(needs)
    _close(ledger, target, found)
    chosen = [
        one for _, of_kind in groupby(found, key=lambda one: one.kind) for one in [*of_kind][: policy.max_proposals]
    ]
    proposed = (runs.propose(ledger, target, one, actor=ACTOR, policy=policy) for one in chosen)
    return tuple(run for run in proposed if run is not None)


def approve_automatically(ledger: Connection, target: str, told: Told) -> tuple[Run, ...]:
    """Approve what the mode of its kind lets Celeriac decide."""
    held = control.in_force(ledger, target, paused=told.limits.paused)
    waiting = [one for one in runs.in_states(ledger, target, "proposed") if guards.mode(held, one.kind, told) == "auto"]
    return tuple(approve(ledger, one, actor=AUTO, policy=told.policy) for one in waiting)


def approve(ledger: Connection, run: Run, *, actor: str, policy: MaintenancePolicy) -> Run:
    """Approve one proposal; raises MoveForbidden or RunMoved."""
    return runs.transition(
        ledger, run, "approve", actor=actor, reason=f"approved by {actor}", lasts=policy.expires, outcome=None
    )


def reject(ledger: Connection, run: Run, *, actor: str, reason: str) -> Run:
    """Refuse one proposal or approval; raises MoveForbidden or RunMoved."""
    return runs.transition(
        ledger, run, "reject", actor=actor, reason=reason, outcome=f"{actor}: {reason}", ended_at=clock.now()
    )


def _close(ledger: Connection, target: str, needs: tuple[Need, ...]) -> None:
    needed = {(one.kind, one.table.oid) for one in needs}
    for run in runs.overdue(ledger, target):
        _expire(ledger, run, "nobody decided, or no quiet moment came, in time")
    for run in runs.in_states(ledger, target, "proposed", "approved"):
        if (run.kind, run.table_oid) not in needed:
            _expire(ledger, run, "the table needs it no more: autovacuum, or somebody, has seen to it")


def _expire(ledger: Connection, run: Run, reason: str) -> None:
    try:
        runs.transition(ledger, run, "expire", actor=ACTOR, reason=reason, outcome=reason, ended_at=clock.now())
    except RunMoved:
        return  # somebody was faster
