"""Undo one change: drop its index without blocking, remember why, and be more careful with the target."""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes import catalog_state, ddl, guards, leftovers
from celeriac.indexes.drop import restoring
from celeriac.indexes.guards import context
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import audit, changes, control
from celeriac.ledger.changes import Change
from celeriac.ledger.states import State
from celeriac.supervision.outcome import Clear, Outcome, Refused
from celeriac.supervision.sessions import Sessions
from celeriac.supervision.watched import Asked

ACTOR = "celeriac"


@dataclass(frozen=True, slots=True)
class Reverted:
    """The index is gone and its definition is in quarantine."""

    change: Change


Result = Reverted | Refused


# 1. Intent: commit `reverting` with the reason; from here on reconcile finishes what is left undone.
# 2. Take the locks on the DDL session; ask what also holds for undoing (the kill switch, unless a person asks).
# 3. What was dropped because this index covered it comes back first: at no moment is there neither.
# 4. DROP INDEX CONCURRENTLY of the exact name in the ledger, under lock_timeout.
# 5. Observe: gone, or half-dropped (invalid), which the next round finishes.
# 6. Remember: quarantine with a growing back-off; after several in a week `auto` falls back to `approve`.
def revert(
    sessions: Sessions, change: Change, policies: Policies, *, reason: str, actor: str = ACTOR, by_person: bool = False
) -> Result:
    """Undo a change that is settling, verifying, kept or reverting; raises ForbiddenTransition for any other."""
    if change.state != "reverting":
        with sessions.ledger() as ledger:
            change = begin(ledger, change, policies.loop, actor=actor, reason=reason)
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target; reconcile will go on")
        return finish(sessions, change, policies, reason=reason, actor=actor, by_person=by_person)


def begin(ledger: Connection, change: Change, policy: LoopPolicy, *, actor: str, reason: str) -> Change:
    """Decide that a change is undone, and with it what was dropped because of it."""
    moved = changes.transition(ledger, change, "revert", actor=actor, reason=reason, last_error=None)
    control.fall_back(ledger, change.target, reverts_allowed=policy.reverts_before_approve)
    for one in _dropped_after(ledger, change, "dropping", "drop_verifying", "dropped"):
        told = f"change {change.id}, which took its place, is undone: {reason}"
        restoring.begin(ledger, one, actor=actor, reason=told, policy=policy)
    return moved


def finish(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    reason: str,
    actor: str = ACTOR,
    by_person: bool = False,
    may_build: bool = True,
) -> Result:
    """Drop the index of a change that is reverting; the caller holds the locks.

    Without `may_build` what it took the place of is waited for, and not built here.
    """
    assert change.index_name is not None
    index = catalog_state.observe(sessions.watch, change.schema_name, change.index_name)
    if index is not None and ddl.owner_of(index.name) is not None:
        if index.valid and change.definition_hash not in (None, index.definition_hash):
            return _postpone(sessions, change, Refused("definition", f"{index.name} is not what we built: not touched"))
        outcome = _may_drop(sessions, change, policies, by_person)
        if not isinstance(outcome, Refused):
            outcome = _bring_back(sessions, change, policies, by_person=by_person, may_build=may_build)
        if not isinstance(outcome, Refused):
            outcome = leftovers.drop(sessions, index, policies.build, _asked(sessions, change, policies, by_person))
        if isinstance(outcome, Refused):
            return _postpone(sessions, change, outcome)
    return Reverted(_remember(sessions, change, policies, reason=reason, actor=actor))


def reason_of(ledger: Connection, change: Change) -> str:
    """Return why a change is being reverted, as it was written when that was decided."""
    reasons = [event.reason for event in audit.history(ledger, change.id) if event.to_state == "reverting"]
    return reasons[-1] if reasons else "reverted"


def _may_drop(sessions: Sessions, change: Change, policies: Policies, by_person: bool) -> Outcome:
    asked = guards.before_undo_by_person if by_person else guards.before_undo
    return context.ask(asked, sessions, change, policies)


def _asked(sessions: Sessions, change: Change, policies: Policies, by_person: bool) -> Asked | None:
    """Ask the kill switch while the drop runs, unless a person asks for the drop."""
    if by_person:
        return None
    return lambda pid: context.ask(guards.during_undo, sessions, change, policies, pid)


def _bring_back(sessions: Sessions, change: Change, policies: Policies, *, by_person: bool, may_build: bool) -> Outcome:
    with sessions.ledger() as ledger:
        away = _dropped_after(ledger, change, "restoring")
    if away and not may_build:
        return Refused("order", f"{away[0].index_name}, which it took the place of, is brought back first")
    for one in away:
        brought = restoring.finish(sessions, one, policies, by_person=by_person)
        if isinstance(brought, Refused):
            told = f"{one.index_name}, which it took the place of, is not back yet: {brought.reason}"
            return Refused(brought.guard, told)
    return Clear()


def _dropped_after(ledger: Connection, change: Change, *wanted: State) -> tuple[Change, ...]:
    found = changes.in_states(ledger, change.target, *wanted)
    return tuple(one for one in found if one.promised.get("after_change_id") == change.id)


def _postpone(sessions: Sessions, change: Change, outcome: Refused) -> Refused:
    with sessions.ledger() as ledger:
        changes.note(ledger, change, last_error=outcome.reason)
    return outcome


def _remember(sessions: Sessions, change: Change, policies: Policies, *, reason: str, actor: str) -> Change:
    with sessions.ledger() as ledger:
        reverted = changes.transition(
            ledger,
            change,
            "removed",
            actor=actor,
            reason=f"{change.index_name} is gone: {reason}",
            last_error=None,
        )
        changes.keep_out(ledger, change, reason=reason, back_off=policies.verify.quarantine)
    return reverted
