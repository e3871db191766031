"""Bring a dropped index back as it was, name included, by the way that indexes are built: without blocking anyone."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac import sqlstate
from celeriac.indexes import build, catalog_state, ddl, guards, leftovers, settle
from celeriac.indexes.build import ACTOR, Failed
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.drop import former
from celeriac.indexes.guards import context
from celeriac.indexes.policy import LoopPolicy
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import audit, changes, control
from celeriac.ledger.changes import Change
from celeriac.ledger.states import Event
from celeriac.sql import execute, sign
from celeriac.supervision import watched
from celeriac.supervision.outcome import Clear, Outcome, Refused
from celeriac.supervision.progress import Progress
from celeriac.supervision.sessions import Sessions, settings
from celeriac.supervision.watched import Ran

_WORD = "restoring"
_REFUSALS = frozenset({"25006", "42501"})
"""Read-only, as a server is after a failover; and a right that is missing, and can be granted again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The index is there again, and will not be proposed for dropping for a while."""

    change: Change


Result = Restored | Failed | Refused


def begin(ledger: Connection, change: Change, *, actor: str, reason: str, policy: LoopPolicy) -> Change:
    """Decide that an index is to come back; what decided it counts against the mode auto like any revert."""
    moved = changes.transition(ledger, change, "restore", actor=actor, reason=reason, not_before=None, last_error=None)
    control.fall_back(ledger, change.target, reverts_allowed=policy.reverts_before_approve)
    return moved


def restore(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    by_person: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Result:
    """Bring back the index of a change that is restoring; raises ChangeMoved where the ledger has moved on."""
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target; reconcile will go on")
        return finish(sessions, change, policies, by_person=by_person, report=report)


# 1. Observe: is it there already, by our hand or another's; is something else in its place?
# 2. Ask the kill switch, unless a person asks; undoing harm waits for nothing else.
# 3. Take away an invalid rest: of the drop, or of an attempt at this that was interrupted.
# 4. CREATE INDEX CONCURRENTLY of the former DDL under lock_timeout, watched.
# 5. Observe; give it back its comment and statistics targets; keep the drop out for a while.
def finish(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    by_person: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Result:
    """Go on with a restoration that was begun; the caller holds the locks."""
    index = observe(sessions, change)
    if index is not None and not is_former(change, index):
        return _fail(sessions, change, f"another index is called {change.index_name} now; it was not touched")
    if index is not None and index.valid:
        return _settle(sessions, change, policies)
    outcome = _may_begin(sessions, change, policies, by_person)
    if not isinstance(outcome, Refused) and index is not None:
        outcome = clear(sessions, change, policies)
    if isinstance(outcome, Refused):
        return _postpone(sessions, change, outcome)
    table = former.table_now(sessions.watch, change)
    if table is None:
        return _fail(sessions, change, f"table {change.table} is gone, and its indexes with it")
    return _judge(sessions, change, _create(sessions, change, table, policies, by_person, report), policies)


def conclude(sessions: Sessions, change: Change, policies: Policies) -> Restored:
    """Close a change whose index is there again."""
    settle.analyze_expressions(sessions.ddl, change)
    with sessions.ledger() as ledger:
        reason = reason_of(ledger, change)
        event: Event = "rebuilt" if change.state == _WORD else "reappear"
        told = f"{change.index_name} is there again" + (f": {reason}" if event == "rebuilt" else ", by another's hand")
        restored = changes.transition(
            ledger, change, event, actor=ACTOR, reason=told, not_before=None, last_error=None
        )  # fmt: skip
        changes.keep_out(ledger, change, reason=reason or told, back_off=policies.verify.quarantine)
    return Restored(restored)


def clear(sessions: Sessions, change: Change, policies: Policies) -> Outcome:
    """Take away the invalid rest that stands under the index's name; the caller holds the locks."""
    assert change.index_name is not None
    schema = _schema(sessions, change)
    reason = leftovers.attempt(sessions, sign("drop", ddl.drop(schema, change.index_name)), policies.build)
    left = observe(sessions, change)
    return Clear() if left is None else Refused("drop", reason or "the invalid rest is still there")


def reason_of(ledger: Connection, change: Change) -> str:
    """Return why an index is being brought back, as it was written when that was decided."""
    reasons = [event.reason for event in audit.history(ledger, change.id) if event.to_state == _WORD]
    return reasons[-1] if reasons else ""


def observe(sessions: Sessions, change: Change) -> IndexState | None:
    """Return what stands under the index's name now, in the schema that its table is in."""
    return catalog_state.anybodys(sessions.watch, schema=_schema(sessions, change), name=change.index_name)


def _schema(sessions: Sessions, change: Change) -> str:
    table = former.table_now(sessions.watch, change)
    return change.schema_name if table is None else table[0]


def is_former(change: Change, index: IndexState) -> bool:
    """Tell whether what bears the name is what was dropped: of the same definition, and on the same table."""
    # By its name too: a table that was restored from a backup has another oid.
    on_it = index.table_oid == change.table_oid or index.table_name == change.table_name
    return on_it and index.definition_hash == change.definition_hash


def _judge(sessions: Sessions, change: Change, ran: Ran, policies: Policies) -> Result:
    if sessions.ddl.invalidated:
        return Refused("session", ran.sentence)
    index = observe(sessions, change)
    made = ran.error is None and ran.stopped is None  # by us, from the very DDL, whatever it is written like now
    if index is not None and index.valid and (made or is_former(change, index)):
        return _settle(sessions, change, policies)
    if index is not None and not index.valid and is_former(change, index):
        clear(sessions, change, policies)
    if not ran.is_transient and not _is_refused(ran):
        return _fail(sessions, change, ran.sentence)
    return _postpone(sessions, change, Refused("build", ran.sentence))


def _is_refused(ran: Ran) -> bool:
    """Tell whether the server lets us build nothing now, whatever it be: no reason to give an index up."""
    return ran.error is not None and sqlstate.code(ran.error) in _REFUSALS


def _may_begin(sessions: Sessions, change: Change, policies: Policies, by_person: bool) -> Outcome:
    asked = guards.before_undo_by_person if by_person else guards.before_undo
    return context.ask(asked, sessions, change, policies)


def _create(
    sessions: Sessions,
    change: Change,
    table: tuple[str, str],
    policies: Policies,
    by_person: bool,
    report: Callable[[Progress], None] | None,
) -> Ran:
    def may_go_on(pid: int) -> Outcome:
        return context.ask(guards.during_undo, sessions, change, policies, pid)

    asked = watched.unless_waited_for(sessions, None if by_person else may_go_on)
    return build.run(
        sessions, change, policies, report, statement=former.of(change).create(*table), asked=asked
    )  # fmt: skip


def _settle(sessions: Sessions, change: Change, policies: Policies) -> Result:
    """Give a valid index back what CREATE INDEX cannot say; each takes a lock that only other DDL waits for."""
    try:
        with settings(sessions.ddl, lock_timeout=f"{policies.build.lock_timeout_ms}ms"):
            for statement in former.of(change).finish(_schema(sessions, change)):
                execute(sessions.ddl, sign("restore", statement))
    except DBAPIError as error:
        return _postpone(sessions, change, Refused("build", sqlstate.sentence(error)))
    return conclude(sessions, change, policies)


def _postpone(sessions: Sessions, change: Change, outcome: Refused) -> Refused:
    """Try again at the next round: while it is away, what needs it is slow."""
    with sessions.ledger() as ledger:
        changes.note(ledger, change, last_error=outcome.reason)
    return outcome


def _fail(sessions: Sessions, change: Change, reason: str) -> Failed:
    with sessions.ledger() as ledger:
        return Failed(
            changes.transition(ledger, change, "fail", actor=ACTOR, reason=reason, last_error=reason), reason
        )  # fmt: skip
