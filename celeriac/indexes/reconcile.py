"""After a crash of any part: bring ledger and catalog together again, finishing or undoing what was begun.

The ledger says what was intended, the catalog what is there, and the advisory lock whether the builder still lives; the
three decide. An index is adopted only with the definition that was rehearsed, and nothing without our mark is touched.
"""

from dataclasses import dataclass
from typing import Literal

from celeriac.indexes import build, catalog_state, drop, mend, partitions, reindex
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.sessions import Policies, sole_maker
from celeriac.ledger import changes, control
from celeriac.ledger.changes import Change, ChangeMoved
from celeriac.ledger.states import INDEX_PRESENT
from celeriac.sql import load
from celeriac.supervision.sessions import Sessions

Action = Literal[
    "leave",
    "retry",  # nothing is there: build again
    "clear and retry",  # an invalid rest is there: drop it, build again
    "settle",  # the builder died after it had finished
    "fail",  # something else has our name
    "lost",  # somebody dropped it
    "revert",  # somebody began to drop it
    "finish revert",
    "undo reappearance",  # it was reverted, and is there
    "keep again",  # it was lost, and is there as we built it
    "clear",  # an invalid rest of a closed change
    "finish rebuild",
    "adopt",  # a valid index of ours that the ledger does not know
]


@dataclass(frozen=True, slots=True)
class Step:
    """What was done about one index, or why not."""

    change_id: int | None
    index_name: str
    action: Action | drop.Action
    outcome: str


def reconcile(sessions: Sessions, target: str, policies: Policies) -> tuple[Step, ...]:
    """Go through every index that the ledger or the catalog knows as ours; does nothing while the target is paused."""
    with sessions.ledger() as ledger:
        if control.in_force(ledger, target, paused=policies.loop.paused).paused:
            return ()
        # The ledger before the catalog: a build that begins in between is then seen as one without a row, and its lock
        # keeps us off.
        named = changes.with_index(ledger, target)
    known = {
        (change.schema_name, change.index_name): change
        for change in named
        if change.kind == "build"  # the others may be of an index that is not ours
    }
    rebuilds = reindex.reconcile(sessions, target, policies)
    drops = drop.reconcile(sessions, target, policies)
    held = drop.held_names(named)
    present = {
        (index.schema_name, index.name): index
        for index in catalog_state.ours(sessions.watch)
        if (index.schema_name, index.name) not in held
    }
    steps = [
        _mend(sessions, change, policies)
        for key, change in known.items()
        if key not in held and decide(change, present.get((change.schema_name, key[1] or ""))) != "leave"
    ]
    steps += [_unknown(sessions, target, index, policies) for key, index in present.items() if key not in known]
    steps += [
        Step(one.change_id, one.name, "clear", one.outcome) for one in partitions.sweep(sessions, target, policies)
    ]
    steps += [Step(change_id, name, "finish rebuild", done) for change_id, name, done in rebuilds]
    steps += [Step(change_id, name, action, done) for change_id, name, action, done in drops]
    return tuple(step for step in steps if step is not None)


def decide(change: Change, index: IndexState | None) -> Action:
    """Return what to do about a change whose builder is not alive, given what the catalog shows of its index."""
    if change.state == "building":
        return _decide_building(change, index)
    if change.state == "reverting":
        return "finish revert"
    if change.state in INDEX_PRESENT:
        if index is None:
            return "lost"
        return "leave" if index.valid else "revert"
    if index is None:
        return "leave"
    if not index.valid:
        return "leave" if goes_on(change, index) else "clear"
    if change.state == "reverted" and build.is_as_intended(change, index):
        return "undo reappearance"
    if change.state == "lost" and build.is_as_intended(change, index):
        return "keep again"
    return "leave"


def goes_on(change: Change, index: IndexState) -> bool:
    """Tell whether an index of a partitioned table waits for the next attempt to finish it."""
    return index.partitioned and change.state in partitions.UNFINISHED


def _decide_building(change: Change, index: IndexState | None) -> Action:
    if index is None:
        return "retry"
    if not index.valid:
        return "retry" if index.partitioned else "clear and retry"
    return "settle" if build.is_as_intended(change, index) else "fail"


def _mend(sessions: Sessions, change: Change, policies: Policies) -> Step | None:
    with sole_maker(sessions.ddl, change.target, change.schema_name, change.table_name) as alone:
        if not alone:
            return None  # the builder lives
        with sessions.ledger() as ledger:
            change = changes.get(ledger, change.id, change.target)
        assert change.index_name is not None
        index = catalog_state.observe(sessions.watch, change.schema_name, change.index_name)
        action = decide(change, index)
        if action == "leave" or (index is not None and _being_built(sessions, index)):
            return None
        try:
            outcome = mend.ACTS[action](mend.Case(sessions, change, index, policies))
        except ChangeMoved as moved:
            outcome = str(moved)
    return Step(change.id, change.index_name, action, outcome)


def _unknown(sessions: Sessions, target: str, seen: IndexState, policies: Policies) -> Step | None:
    """Clear or adopt an index that carries our mark and has no row: the ledger was lost, or restored from before."""
    with sole_maker(sessions.ddl, target, seen.schema_name, seen.table_name) as alone:
        if not alone:
            return None
        index = catalog_state.observe(sessions.watch, seen.schema_name, seen.name)
        if index is None or _being_built(sessions, index) or _has_row(sessions, target, index):
            return None
        action: Action = "adopt" if index.valid else "clear"
        done = mend.adopt(sessions, target, index) if index.valid else mend.clear(sessions, index, policies)
        return Step(None, index.name, action, done)


def _being_built(sessions: Sessions, index: IndexState) -> bool:
    """Tell whether somebody builds on the table, by whatever tool: PostgreSQL shows it, whoever holds our locks."""
    return bool(sessions.watch.execute(load(__file__, "being_built"), {"table_oid": index.table_oid}).scalar())


def _has_row(sessions: Sessions, target: str, index: IndexState) -> bool:
    with sessions.ledger() as ledger:
        rows = changes.with_index(ledger, target)
    named = (index.schema_name, index.name)
    return any(row.kind == "build" and (row.schema_name, row.index_name) == named for row in rows)
