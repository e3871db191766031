"""Whatever a crash leaves of a change and its index: two rounds later they agree, near to where they were.

Every index with our mark has one row that answers for it; nothing invalid outlives its builder by more than one round;
and from each state the loop comes to rest in the same one or in a neighbour of it.
"""

import itertools

import pytest

from celeriac.ledger import audit
from celeriac.ledger.states import State
from tests.integration.indexes.loop import BY_USER, Loop

from .words import disagreements, near, rounds

LEFT: dict[State, tuple[str, ...]] = {
    "approved": ("absent", "invalid"),
    "baselined": ("absent", "invalid"),
    "building": ("absent", "valid", "invalid", "another's"),
    "settling": ("absent", "valid", "invalid"),
    "verifying": ("absent", "valid", "invalid"),
    "kept": ("absent", "valid", "invalid"),
    "reverting": ("absent", "valid", "invalid"),
    "reverted": ("absent", "valid", "invalid"),
    "lost": ("absent", "valid", "invalid"),
    "failed": ("absent", "invalid", "another's"),
}
"""What the catalog can show of the index in each state that has named one."""
CASES = [(state, catalog) for state, catalogs in LEFT.items() for catalog in catalogs]


def left(loop: Loop, state: State, catalog: str):
    """A change and its index as a crash may leave them."""
    change = loop.built()
    if catalog != "valid":
        loop.sql(f"DROP INDEX {change.index_name}")
    if catalog == "invalid":
        loop.leave_invalid(change.index_name)
    if catalog == "another's":
        loop.sql(f"CREATE INDEX {change.index_name} ON jobs (note)")
    return loop.set_state(change, state)


@pytest.mark.parametrize(("state", "catalog"), CASES, ids=[f"{state}, {catalog}" for state, catalog in CASES])
def test_ledger_and_catalog_agree_again(loop: Loop, state: State, catalog: str):
    change = left(loop, state, catalog)
    rounds(loop, 1)
    assert loop.invalid() == 0
    rounds(loop, 1)
    assert disagreements(loop) == []
    at_rest = loop.now(change)
    assert near(state, at_rest.state)
    assert rounds(loop, 1) == []
    assert loop.now(change) == at_rest


@pytest.mark.parametrize(("state", "catalog"), [("building", "invalid"), ("kept", "absent"), ("reverted", "valid")])
def test_no_move_is_lost_from_the_audit(loop: Loop, state: State, catalog: str):
    change = left(loop, state, catalog)
    rounds(loop)
    with loop.ledger() as ledger:
        events = audit.history(ledger, change.id)
    moves = [(event.from_state, event.to_state) for event in events]
    begun = [to for _, to in moves].index("settling") + 1  # what follows is reconcile's doing
    chain = [state, *(to for _, to in moves[begun:])]
    assert [(since, to) for since, to in itertools.pairwise(chain)] == moves[begun:]
    assert chain[-1] == loop.now(change).state


def test_a_ledger_that_was_lost_altogether_is_begun_anew_from_the_catalog(loop: Loop):
    loop.built(BY_USER)
    loop.leave_invalid("celeriac_9_jobs_note", "(note)")
    loop.sql("TRUNCATE celeriac.change CASCADE")
    assert sorted(rounds(loop)) == ["adopt", "clear"]
    assert disagreements(loop) == []
