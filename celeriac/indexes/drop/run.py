"""Drop one surplus index without harm: intent with its inverse first, watched while it runs, judged by the catalog.

DROP INDEX CONCURRENTLY first makes the index invisible to plans and then waits for whoever uses the table; interrupted
there, it is left invalid and kept up by every write, so it is finished.
https://www.postgresql.org/docs/current/sql-dropindex.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from celeriac import sqlstate
from celeriac.indexes import baseline, build, catalog_state, guards, leftovers
from celeriac.indexes.build import ACTOR, Failed, Interrupted, Postponed
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.drop import former, recheck
from celeriac.indexes.drop.recheck import Gone, NoLonger
from celeriac.indexes.guards import context
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change
from celeriac.sql import sign
from celeriac.supervision.outcome import Outcome, Refused
from celeriac.supervision.sessions import Sessions
from celeriac.supervision.watched import Ran


@dataclass(frozen=True, slots=True)
class Removed:
    """The catalog no longer shows the index; what became of the statements is being measured."""

    change: Change


Result = Removed | Postponed | Failed | Interrupted | Refused


# 1. Take the locks on the DDL session; where another has them, somebody is at work: do nothing.
# 2. Ask the guards; refused, the change stays approved and is asked again at the next round.
# 3. Look again: the index must still be what was found surplus, and nothing may have come to need it.
# 4. Baseline: close the window before the change (`capture`).
# 5. Intent: commit the exact former DDL, which brings the index back.
# 6. DROP INDEX CONCURRENTLY under lock_timeout, watched; whoever waits on us, or the kill switch, ends it.
# 7. Observe the catalog: gone, still valid (try again later), or half dropped (reconcile finishes it).
def drop(
    sessions: Sessions,
    change: Change,
    policies: Policies,
    *,
    capture: Callable[[], int | None],
    replicas: Mapping[str, Connection] | None = None,
) -> Result:
    """Drop the index of an approved change; raises ChangeMoved where the ledger has moved on meanwhile."""
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return Refused("other builds", "another session of ours is changing this target")
        outcome = _may_begin(sessions, change, policies)
        if isinstance(outcome, Refused):
            return outcome
        with sessions.ledger() as ledger:
            found = recheck.recheck(sessions.watch, ledger, change, replicas)
        if isinstance(found, Refused):
            return found
        if isinstance(found, Gone):
            return vanished(sessions, change)
        if isinstance(found, NoLonger):
            return build.fail(sessions, change, found.reason, policies)
        return finish(sessions, _intend(sessions, change, policies, capture()), policies)


def finish(sessions: Sessions, change: Change, policies: Policies) -> Result:
    """Drop the index of a change that is dropping; the caller holds the locks."""
    ran = Ran()
    for _ in range(leftovers.TRIES):
        index = observe(sessions, change)
        if index is None:
            return removed(sessions, change, policies)
        if (index.schema_name, index.name) != (change.schema_name, change.index_name):  # the name is another's now
            now = f"{index.schema_name}.{index.name}"
            return build.fail(sessions, change, f"it is called {now} now: it was not touched", policies)
        ran = _attempt(sessions, change, policies)
        if sessions.ddl.invalidated:
            return Interrupted(change, leftovers.sentence(ran))
        if ran.stopped is not None and ran.stopped.guard == "paused":
            break
    return _conclude(sessions, change, ran, policies)


def removed(sessions: Sessions, change: Change, policies: Policies) -> Removed:
    """Begin to measure what became of the statements without the index."""
    with sessions.ledger() as ledger:
        return Removed(
            changes.transition(
                ledger,
                change,
                "removed",
                actor=ACTOR,
                reason=f"{change.index_name} is gone",
                lasts=policies.verify.max_duration,
                settled_at=clock.now(),
                not_before=None,
                last_error=None,
            )
        )


def vanished(sessions: Sessions, change: Change) -> Failed:
    """Close a change whose index, or its table, somebody else took away."""
    what = f"table {change.table}" if change.state == "drop_verifying" else change.index_name
    reason = f"{what} is not there any more, by another's hand"
    with sessions.ledger() as ledger:
        return Failed(changes.transition(ledger, change, "vanish", actor=ACTOR, reason=reason), reason)


def observe(sessions: Sessions, change: Change) -> IndexState | None:
    """Return the very index that is to go, whatever it is called now."""
    return catalog_state.anybodys(sessions.watch, oid=change.promised["index_oid"])


def _may_begin(sessions: Sessions, change: Change, policies: Policies) -> Outcome:
    return context.ask(guards.before_prune, sessions, change, policies)


def _intend(sessions: Sessions, change: Change, policies: Policies, window_id: int | None) -> Change:
    assert change.index_name is not None
    was = former.read(sessions.watch, change.promised["index_oid"], change.index_name) or former.of(change)
    with sessions.ledger() as ledger:
        return changes.transition(
            ledger,
            change,
            "drop",
            actor=ACTOR,
            reason=f"about to drop {change.index_name}",
            evidence={"pid": sessions.backend_pid(), "window_id": window_id},
            lasts=timedelta(seconds=policies.build.min_build_timeout_s),
            undo_ddl=was.undo_ddl(change.schema_name, change.table_name),
            promised={
                **change.promised,
                "former": was.as_json(),
                "table_pages": baseline.table_pages(sessions.watch, change),
            },
            definition_hash=change.promised["definition_hash"],
            size_bytes=change.size_bytes_estimated,
            baseline_window_id=window_id,
            build_started_at=clock.now(),
        )


def _attempt(sessions: Sessions, change: Change, policies: Policies) -> Ran:
    def may_go_on(pid: int) -> Outcome:
        return context.ask(guards.during_undo, sessions, change, policies, pid)

    return leftovers.run(sessions, sign("drop", change.ddl), policies.build, may_go_on)


def _conclude(sessions: Sessions, change: Change, ran: Ran, policies: Policies) -> Result:
    index = observe(sessions, change)
    if index is None:
        return removed(sessions, change, policies)
    reason = leftovers.sentence(ran) or "it is still there after the drop"
    if not index.valid and change.promised["why"] != "invalid":
        with sessions.ledger() as ledger:
            changes.note(ledger, change, last_error=reason)
        return Interrupted(change, f"it is half dropped, and reconcile goes on: {reason}")
    if ran.error is not None and not sqlstate.is_transient(ran.error):
        return build.fail(sessions, change, reason, policies)
    retried = build.try_again(sessions, change, reason, policies, counts=not build.is_blameless(ran))
    assert isinstance(retried, Postponed | Failed)
    return retried
