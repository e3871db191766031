"""Undo one change: drop its index without blocking, remember why, and be more careful with the target."""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes import catalog_state, ddl, guards, leftovers, watched
from celeriac.indexes.guards.context import Context
from celeriac.indexes.outcome import Clear, Outcome, Refused
from celeriac.indexes.sessions import Policies, Sessions, sole_maker
from celeriac.ledger import audit, changes, control, quarantine
from celeriac.ledger.changes import Change

ACTOR = "celeriac"


@dataclass(frozen=True, slots=True)
class Reverted:
    """The index is gone and its definition is in quarantine."""

    change: Change


Result = Reverted | Refused


# 1. Intent: commit `reverting` with the reason; from here on reconcile finishes what is left undone.
# 2. Take the locks on the DDL session; ask what also holds for undoing (the kill switch, unless a person asks).
# 3. DROP INDEX CONCURRENTLY of the exact name in the ledger, under lock_timeout.
# 4. Observe: gone, or half-dropped (invalid), which the next round finishes.
# 5. Remember: quarantine with a growing back-off; after several in a week `auto` falls back to `approve`.
def revert(
    sessions: Sessions, change: Change, policies: Policies, *, reason: str, actor: str = ACTOR, by_person: bool = False
) -> Result:
    """Undo a change that is settling, verifying, kept or reverting; raises ForbiddenTransition for any other."""
    if change.state != "reverting":
        with sessions.ledger() as ledger:
            change = changes.transition(ledger, change, "revert", actor=actor, reason=reason, last_error=None)
            control.fall_back(ledger, change.target, reverts_allowed=policies.loop.reverts_before_approve)
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target; reconcile will go on")
        return finish(sessions, change, policies, reason=reason, actor=actor, by_person=by_person)


def finish(
    sessions: Sessions, change: Change, policies: Policies, *, reason: str, actor: str = ACTOR, by_person: bool = False
) -> Result:
    """Drop the index of a change that is reverting; the caller holds the locks."""
    assert change.index_name is not None
    index = catalog_state.observe(sessions.watch, change.schema_name, change.index_name)
    if index is not None and ddl.owner_of(index.name) is not None:
        if index.valid and change.definition_hash not in (None, index.definition_hash):
            return _postpone(sessions, change, Refused("definition", f"{index.name} is not what we built: not touched"))
        outcome = _may_drop(sessions, change, policies, by_person)
        if not isinstance(outcome, Refused):
            outcome = leftovers.drop(sessions, index, policies.build)
        if isinstance(outcome, Refused):
            return _postpone(sessions, change, outcome)
    return Reverted(_remember(sessions, change, policies, reason=reason, actor=actor))


def reason_of(ledger: Connection, change: Change) -> str:
    """Return why a change is being reverted, as it was written when that was decided."""
    reasons = [event.reason for event in audit.history(ledger, change.id) if event.to_state == "reverting"]
    return reasons[-1] if reasons else "reverted"


def _may_drop(sessions: Sessions, change: Change, policies: Policies, by_person: bool) -> Outcome:
    own = watched.backend_pid(sessions.ddl)
    with sessions.ledger() as ledger:
        outcome = guards.before_drop(
            Context(sessions.watch, ledger, change, policies.guard, policies.mode, policies.verify, own)
        )
    # A person who undoes a change while all is paused means it.
    return Clear() if by_person and isinstance(outcome, Refused) and outcome.guard == "paused" else outcome


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
        quarantine.put(
            ledger,
            target=change.target,
            identity=change.identity,
            change_id=change.id,
            reason=reason,
            promised=change.promised,
            back_off=policies.verify.quarantine,
        )
    return reverted
