"""After a crash, or another's hand on the table: bring each drop's ledger row and the catalog together again."""

from datetime import timedelta
from typing import Literal

from celeriac.indexes import build
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.drop import former, restoring, run
from celeriac.indexes.drop.restoring import Restored
from celeriac.indexes.drop.run import Removed
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, clock
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.ledger.states import State
from celeriac.sql import load
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

Action = Literal[
    "leave",
    "lost",  # somebody dropped it before we did, or the table went
    "try the drop again",  # nothing was begun
    "finish drop",  # it is half dropped
    "measure the drop",  # the worker died after the drop
    "restored",  # somebody made it again
    "clear the rest",  # an attempt to bring it back was interrupted
    "finish restore",  # it is there, or cannot be: building it is left to the DDL worker, for it may take hours
]
_REMEMBERED = timedelta(days=7)
"""So long after a drop stands, an index that is made again is taken for an answer to it."""
WATCHED: tuple[State, ...] = ("proposed", "approved", "dropping", "drop_verifying", "dropped", "restoring")


def reconcile(sessions: Sessions, target: str, policies: Policies) -> tuple[tuple[int, str, Action, str], ...]:
    """Go through every drop that is not closed for good; returns (change, index, action, outcome) of each mended."""
    with sessions.ledger() as ledger:
        now = clock.instant(ledger)
        drops = [
            one
            for one in changes.in_states(ledger, target, *WATCHED)
            if one.kind == "drop" and (one.state != "dropped" or now - one.state_since < _REMEMBERED)
        ]
    done = []
    for change in drops:
        if _look(sessions, change) == "leave":
            continue
        with sole_maker(sessions.ddl, target, change.schema_name, change.table_name) as alone:
            if not alone:
                continue  # whoever drops or builds is alive
            with sessions.ledger() as ledger:
                change = changes.get(ledger, change.id, target)
            action = _look(sessions, change)
            if action == "leave" or _is_worked_on(sessions, change):
                continue
            try:
                outcome = _mend(sessions, change, action, policies)
            except ChangeMoved as moved:
                outcome = str(moved)
        done.append((change.id, change.index_name or "", action, outcome))
    return tuple(done)


def decide(change: Change, index: IndexState | None, named: IndexState | None, *, has_table: bool) -> Action:
    """Return what to do, given the index that was to go, what bears its name now, and whether its table is there."""
    if change.state in ("proposed", "approved"):
        return "lost" if index is None else "leave"
    if change.state == "dropping":
        if index is None:
            return "measure the drop"
        return "try the drop again" if index.valid else "finish drop"
    if change.state == "restoring":
        return _decide_restoring(change, named, has_table=has_table)
    if change.state not in ("drop_verifying", "dropped"):
        return "leave"
    if named is not None and named.valid and restoring.is_former(change, named):
        return "restored"
    return "lost" if change.state == "drop_verifying" and not has_table else "leave"


def _decide_restoring(change: Change, named: IndexState | None, *, has_table: bool) -> Action:
    if named is None:
        return "leave" if has_table else "finish restore"
    rest = not named.valid and restoring.is_former(change, named)
    return "clear the rest" if rest else "finish restore"


def held_names(drops: tuple[Change, ...]) -> frozenset[tuple[str, str]]:
    """Return the indexes, by schema and name, that a drop or a restoration is at work on."""
    return frozenset(
        (one.schema_name, one.index_name or "")
        for one in drops
        if one.kind == "drop" and one.state in ("dropping", "restoring")
    )


def _look(sessions: Sessions, change: Change) -> Action:
    index = run.observe(sessions, change)
    named = restoring.observe(sessions, change)
    return decide(change, index, named, has_table=former.table_now(sessions.watch, change) is not None)


def _is_worked_on(sessions: Sessions, change: Change) -> bool:
    values = {"table_oid": change.table_oid}
    return bool(sessions.watch.execute(load(build.__file__, "being_built"), values).scalar())


def _mend(sessions: Sessions, change: Change, action: Action, policies: Policies) -> str:
    if action == "lost":
        return run.vanished(sessions, change).reason
    if action == "restored":
        restoring.conclude(sessions, change, policies)
        return "somebody made it again: it stays"
    if action == "measure the drop":
        run.removed(sessions, change, policies)
        return "drop_verifying"
    if action == "try the drop again":
        result = build.try_again(sessions, change, "the worker died before the index was dropped", policies)
        return getattr(result, "reason", "approved")
    if action == "finish drop":
        finished = run.finish(sessions, change, policies)
        return "drop_verifying" if isinstance(finished, Removed) else finished.reason
    if action == "clear the rest":
        cleared = restoring.clear(sessions, change, policies)
        return cleared.reason if isinstance(cleared, Refused) else "it is built again"
    brought = restoring.finish(sessions, change, policies)
    return "restored" if isinstance(brought, Restored) else brought.reason
