import pytest

from celeriac.indexes import leftovers, revert
from celeriac.indexes.catalog_state import IndexState
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import control, quarantine
from celeriac.ledger.states import ForbiddenTransition
from celeriac.supervision.outcome import Refused

from .loop import BY_STATUS, TARGET, Loop, meanwhile, until


def undo(loop: Loop, change, **given):
    return revert.revert(loop.sessions, change, loop.policies, reason="it hurts", **given)


@pytest.mark.parametrize("state", ["settling", "verifying", "kept"])
def test_the_index_goes_and_its_definition_is_kept_out(loop: Loop, state):
    change = loop.set_state(loop.built(), state)
    result = undo(loop, change)
    assert isinstance(result, revert.Reverted)
    assert loop.indexes() == []
    with loop.ledger() as ledger:
        assert [one.reason for one in quarantine.active(ledger, TARGET)] == ["it hurts"]


def test_what_was_never_built_cannot_be_reverted(loop: Loop):
    with pytest.raises(ForbiddenTransition, match="approved cannot revert"):
        undo(loop, loop.approved())


def test_a_writer_that_stays_postpones_the_drop_and_the_next_try_finishes_it(loop: Loop):
    change = loop.built()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        assert isinstance(undo(loop, change), Refused)
    assert loop.now(change).state == "reverting"
    assert "lock timeout" in loop.now(change).last_error
    assert isinstance(undo(loop, loop.now(change)), revert.Reverted)
    assert loop.indexes() == []


def test_while_paused_nothing_is_dropped_unless_a_person_says_so(loop: Loop):
    change = loop.built()
    with loop.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="an incident")
    refused = undo(loop, change)
    assert isinstance(refused, Refused)
    assert refused.guard == "paused"
    assert len(loop.indexes()) == 1
    assert isinstance(undo(loop, loop.now(change), actor="anna", by_person=True), revert.Reverted)


def test_the_kill_switch_stops_a_drop_that_waits(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.built()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%celeriac:drop%' AND wait_event_type = 'Lock'"
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), meanwhile(lambda: undo(loop, change)) as end:
        until(lambda: loop.sql(waiting))
        with loop.ledger() as ledger:
            control.pause(ledger, actor="anna", reason="an incident")
        refused = end()
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("paused by anna: an incident")
    assert loop.now(change).state == "reverting"


def test_another_maker_is_waited_for(loop: Loop):
    change = loop.built()
    with loop.engine.connect() as other, sole_maker(other, TARGET, "public", "users"):
        assert isinstance(undo(loop, change), Refused)
    assert loop.now(change).state == "reverting"


def test_what_is_not_what_we_built_is_not_dropped(loop: Loop):
    change = loop.built()
    loop.sql(f"DROP INDEX {change.index_name}")
    loop.sql(f"CREATE INDEX {change.index_name} ON jobs (note)")
    refused = undo(loop, change)
    assert isinstance(refused, Refused)
    assert "not what we built" in refused.reason
    assert len(loop.indexes()) == 1


def test_whoever_waits_behind_the_drop_comes_first(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.built()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, meanwhile(lambda: undo(loop, change)) as end:
        until(
            lambda: loop.sql(
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%celeriac:drop%' AND wait_event_type = 'Lock'"
            )
        )
        loop.sql("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE")
        assert loop.now(change).state == "reverting"
        writer.rollback()
        assert isinstance(end(), revert.Reverted)


def test_an_index_without_our_mark_is_never_dropped(loop: Loop):
    loop.sql("CREATE INDEX somebodys ON jobs (note)")
    index = IndexState(1, "public", "somebodys", "jobs", 1, True, True, True, " USING btree (note)", 0, 0)
    with pytest.raises(ValueError, match="somebodys is not an index of ours"):
        leftovers.drop(loop.sessions, index, loop.policies.build)


def test_the_reason_is_the_one_it_was_decided_with(loop: Loop):
    change = loop.built(BY_STATUS)
    undo(loop, change)
    with loop.ledger() as ledger:
        assert revert.reason_of(ledger, change) == "it hurts"
