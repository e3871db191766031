"""After a crash at each step of a drop, and after another's hand: each row of the table in docs/states.md."""

from dataclasses import replace
from datetime import timedelta

import pytest

from celeriac.indexes import drop, reconcile, undo
from celeriac.indexes.build import Interrupted
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import clock, quarantine
from celeriac.ledger.changes import Change

from ..loop import TARGET, Loop, meanwhile, until
from .test_propose import WIDER_DEFINITION
from .test_restore import begun
from .words import BY_USER, covered, dropped, gone, half_drop, kept, proposed, there, unused, watched


def round_of(loop: Loop) -> list[str]:
    return [step.action for step in reconcile.reconcile(loop.sessions, TARGET, loop.policies)]


def abandoned(loop: Loop) -> Change:
    """A drop whose worker died right after it had committed its intent."""
    change = gone(loop)
    loop.sql(BY_USER)
    oid = loop.sql("SELECT 'jobs_user'::regclass::oid::bigint")
    return loop.set_state(change, "dropping", settled_at=None, promised={**change.promised, "index_oid": oid})


def test_when_all_is_well_nothing_is_done(loop: Loop):
    gone(loop)
    assert round_of(loop) == []


def test_a_worker_that_lives_is_left_alone(loop: Loop):
    change = abandoned(loop)
    with loop.engine.connect() as worker, sole_maker(worker, TARGET, "public", "jobs"):
        assert round_of(loop) == []
    assert loop.now(change).state == "dropping"


def test_a_drop_that_never_began_is_tried_again(loop: Loop):
    change = abandoned(loop)
    assert round_of(loop) == ["try the drop again"]
    assert (loop.now(change).state, loop.now(change).attempt, there(loop)) == ("approved", 1, True)


def test_after_the_last_attempt_it_is_given_up(loop: Loop):
    change = loop.set_state(abandoned(loop), "dropping", attempt=2)
    round_of(loop)
    assert (loop.now(change).state, there(loop)) == ("failed", True)


def test_a_half_drop_is_finished(loop: Loop):
    change = abandoned(loop)
    half_drop(loop)
    assert round_of(loop) == ["finish drop"]
    assert (loop.now(change).state, there(loop)) == ("drop_verifying", False)


def test_a_worker_that_died_after_the_drop_is_followed_by_the_measuring(loop: Loop):
    change = abandoned(loop)
    loop.sql("DROP INDEX jobs_user")
    assert round_of(loop) == ["measure the drop"]
    assert loop.now(change).state == "drop_verifying"


def test_the_terminated_backend_of_a_drop_leaves_nothing_after_one_round(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = unused(loop)
    waiting = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%celeriac:drop%' AND wait_event_type = 'Lock'"
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), meanwhile(lambda: dropped(loop, change)) as end:
        pid = until(lambda: loop.sql(waiting))
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        assert isinstance(end(), Interrupted)
    assert loop.invalid() == 1
    with loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as fresh:
        assert round_of(replace(loop, sessions=replace(loop.sessions, ddl=fresh))) == ["finish drop"]
    assert (loop.now(change).state, loop.invalid()) == ("drop_verifying", 0)


def test_the_terminated_backend_of_a_restoration_is_followed_by_another(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = begun(loop, gone(loop))
    building = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"
    with (
        loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"),
        meanwhile(lambda: drop.restore(loop.sessions, change, loop.policies)) as end,
    ):
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=until(lambda: loop.sql(building)))
        end()
    assert (loop.now(change).state, loop.invalid()) == ("restoring", 1)
    with loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as fresh:
        afresh = replace(loop, sessions=replace(loop.sessions, ddl=fresh))
        assert round_of(afresh) == ["clear the rest"]
        assert isinstance(drop.restore(afresh.sessions, loop.now(change), loop.policies), drop.Restored)
    assert (loop.now(change).state, loop.invalid(), there(loop)) == ("restored", 0, True)


def test_a_restoration_that_had_finished_is_closed(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql(BY_USER)
    assert round_of(loop) == ["finish restore"]
    assert loop.now(change).state == "restored"


def test_the_rest_of_a_restoration_is_cleared_and_the_building_left_to_the_ddl_worker(loop: Loop):
    change = begun(loop, gone(loop))
    loop.leave_invalid("jobs_user")
    assert round_of(loop) == ["clear the rest"]
    assert (loop.now(change).state, there(loop)) == ("restoring", False)
    assert round_of(loop) == []
    assert isinstance(drop.restore(loop.sessions, loop.now(change), loop.policies), drop.Restored)


def test_a_rest_that_cannot_be_cleared_yet_is_cleared_by_a_later_round(loop: Loop):
    begun(loop, gone(loop))
    loop.leave_invalid("jobs_user")
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert "lock timeout" in step.outcome
    round_of(loop)
    assert not there(loop)


def test_a_restoration_whose_table_went_fails(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql("DROP TABLE jobs")
    assert round_of(loop) == ["finish restore"]
    assert loop.now(change).state == "failed"


def test_an_undo_waits_until_what_it_took_the_place_of_is_back(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = kept(loop, WIDER_DEFINITION)
    ((narrow,), _) = proposed(loop)
    narrow = gone(loop, loop.approve(narrow, "anna"))
    with loop.ledger() as ledger:
        undo.begin(ledger, wider, loop.policies.loop, actor="anna", reason="a surprise")
    (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert step.outcome == "jobs_status, which it took the place of, is brought back first"
    assert isinstance(drop.restore(loop.sessions, loop.now(narrow), loop.policies), drop.Restored)
    assert round_of(loop) == ["finish revert"]
    assert (loop.now(wider).state, there(loop, "jobs_status"), loop.indexes()) == ("reverted", True, [])


@pytest.mark.parametrize("state", ["proposed", "approved"])
def test_an_index_that_somebody_drops_before_us_is_lost(loop: Loop, state: str):
    change = loop.set_state(unused(loop), state)
    loop.sql("DROP INDEX jobs_user")
    assert round_of(loop) == ["lost"]
    assert loop.now(change).state == "lost"
    assert round_of(loop) == []


@pytest.mark.parametrize("state", ["drop_verifying", "dropped"])
def test_an_index_that_somebody_makes_again_stays(loop: Loop, state: str):
    change = loop.set_state(gone(loop), state)
    loop.sql(BY_USER)
    assert round_of(loop) == ["restored"]
    assert (loop.now(change).state, there(loop)) == ("restored", True)
    with loop.ledger() as ledger:
        assert quarantine.active(ledger, TARGET)[0].reason == "jobs_user is there again, by another's hand"


def test_after_a_week_an_index_made_again_is_a_new_one(loop: Loop):
    change = loop.set_state(gone(loop), "dropped", state_since=clock.later(timedelta(days=-8)))
    loop.sql(BY_USER)
    assert round_of(loop) == []
    assert loop.now(change).state == "dropped"


def test_another_index_under_the_name_changes_nothing(loop: Loop):
    change = gone(loop)
    loop.sql("CREATE INDEX jobs_user ON jobs (note)")
    assert round_of(loop) == []
    assert loop.now(change).state == "drop_verifying"


def test_a_table_that_goes_ends_the_measuring(loop: Loop):
    change = gone(loop)
    loop.sql("DROP TABLE jobs")
    assert round_of(loop) == ["lost"]
    assert loop.now(change).last_error is None
    assert loop.now(change).state == "lost"


def test_an_index_of_ours_that_we_dropped_is_not_mourned_as_anothers_doing(loop: Loop):
    built = kept(loop)
    watched(loop)
    ((change,), _) = proposed(loop)
    change = gone(loop, loop.approve(change, "anna"))
    assert round_of(loop) == ["lost"]
    with loop.ledger() as ledger:
        assert quarantine.active(ledger, TARGET) == ()
    assert loop.now(built).state == "lost"
    assert isinstance(drop.restore(loop.sessions, begun(loop, change), loop.policies), drop.Restored)
    assert round_of(loop) == ["keep again"]
    assert (loop.now(change).state, loop.now(built).state) == ("restored", "kept")


def test_a_half_dropped_index_of_ours_belongs_to_its_drop(loop: Loop):
    built = kept(loop)
    watched(loop)
    ((change,), _) = proposed(loop)
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        dropped(loop, loop.approve(change, "anna"))
    assert loop.invalid() == 1
    assert round_of(loop)[0] == "finish drop"
    assert loop.now(built).state in ("kept", "lost")
    assert loop.now(change).state == "drop_verifying"


def test_a_drop_that_moved_while_we_looked_is_left(loop: Loop, monkeypatch):
    from celeriac.indexes.drop import reconciling

    change = abandoned(loop)
    decide = reconciling.decide

    def decide_and_lose(seen, *given, **named):
        loop.set_state(change, "dropping", state_since=clock.now())
        return decide(seen, *given, **named)

    monkeypatch.setattr(reconciling, "decide", decide_and_lose)
    (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert "somebody else was faster" in step.outcome


def test_a_covered_index_goes_through_the_same_states(loop: Loop):
    change = gone(loop, covered(loop))
    assert loop.story(change) == ["proposed", "approved", "dropping", "drop_verifying"]
