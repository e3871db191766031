"""When ledger and catalog agree, and which states lie next to each other."""

from celeriac.indexes import build, catalog_state, ddl, reconcile
from celeriac.ledger import changes
from celeriac.ledger.changes import Change
from celeriac.ledger.states import FINAL, INDEX_PRESENT, TRANSITIONS, State
from tests.integration.indexes.loop import TARGET, Loop


def rounds(loop: Loop, number: int = 2) -> list[str]:
    """Reconcile so often; returns what was done."""
    return [step.action for _ in range(number) for step in reconcile.reconcile(loop.sessions, TARGET, loop.policies)]


def disagreements(loop: Loop) -> list[str]:
    """Return a sentence for each index and change of which ledger and catalog do not say the same."""
    with loop.ledger() as ledger:
        known = changes.all_of(ledger, TARGET)
    indexes = catalog_state.ours(loop.sessions.watch)
    found = [f"{index.name} is invalid" for index in indexes if not index.valid]
    for index in indexes:
        rows = [one for one in known if one.kind == "build" and one.index_name == index.name]
        if len(rows) != 1:
            found.append(f"{index.name} has {len(rows)} rows")
        elif rows[0].state not in INDEX_PRESENT and not _is_anothers(rows[0], index):
            found.append(f"{index.name} is there, and its change is {rows[0].state}")
    there = {index.name for index in indexes}
    found += [
        f"{one.index_name} is away, and its change is {one.state}"
        for one in known
        if one.kind == "build" and one.state in INDEX_PRESENT and one.index_name not in there
    ]
    found += [f"change {one.id} is still {one.state}" for one in known if one.state in ("building", "reverting")]
    return found


def near(state: State, other: State, moves: int = 2) -> bool:
    """Tell whether so many moves of the state machine lead from one state to the other."""
    reached = {state}
    for _ in range(moves):
        reached |= {to for (since, _), to in TRANSITIONS.items() if since in reached}
    return other in reached


def _is_anothers(change: Change, index: catalog_state.IndexState) -> bool:
    """Tell whether an index that has our name is none of ours: such a one is reported and never touched."""
    assert ddl.owner_of(index.name) is not None
    return change.state in FINAL and not build.is_as_intended(change, index)
