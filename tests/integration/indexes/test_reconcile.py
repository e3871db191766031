"""Whatever a crash leaves, the next round finishes or undoes: each row of the table in docs/states.md."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from celeriac.indexes import reconcile
from celeriac.indexes.build import Interrupted
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import audit, changes, clock, control, quarantine
from celeriac.ledger.changes import Change

from .loop import BY_USER, TARGET, Loop, meanwhile, until


def round_of(loop: Loop) -> list[str]:
    return [step.action for step in reconcile.reconcile(loop.sessions, TARGET, loop.policies)]


def abandoned(loop: Loop, definition=BY_USER) -> Change:
    """A change whose builder died right after it had committed its intent."""
    change = loop.built(definition)
    loop.sql(f"DROP INDEX {change.index_name}")
    return loop.set_state(change, "building", built_at=None)


def test_when_all_is_well_nothing_is_done(loop: Loop):
    loop.built()
    assert round_of(loop) == []


def test_a_builder_that_lives_is_left_alone(loop: Loop):
    change = abandoned(loop)
    with loop.engine.connect() as builder, sole_maker(builder, TARGET, "public", "jobs"):
        assert round_of(loop) == []
    assert loop.now(change).state == "building"


def test_a_build_that_never_began_is_tried_again(loop: Loop):
    change = abandoned(loop)
    assert round_of(loop) == ["retry"]
    assert (loop.now(change).state, loop.now(change).attempt) == ("approved", 1)


def test_an_invalid_rest_is_dropped_and_the_build_tried_again(loop: Loop):
    change = abandoned(loop)
    loop.leave_invalid(change.index_name)
    assert round_of(loop) == ["clear and retry"]
    assert (loop.now(change).state, loop.indexes()) == ("approved", [])


def test_after_the_last_attempt_it_is_given_up(loop: Loop):
    change = loop.set_state(abandoned(loop), "building", attempt=2)
    round_of(loop)
    assert loop.now(change).state == "failed"


def test_a_builder_that_died_after_it_had_finished_is_settled(loop: Loop):
    change = loop.set_state(loop.built(), "building", built_at=None)
    assert round_of(loop) == ["settle"]
    assert loop.now(change).state == "settling"


def test_a_valid_index_of_another_definition_is_never_touched(loop: Loop):
    change = abandoned(loop)
    loop.sql(f"CREATE INDEX {change.index_name} ON jobs (note)")
    assert round_of(loop) == ["fail"]
    assert (loop.now(change).state, loop.indexes()) == ("failed", [change.index_name])
    assert round_of(loop) == []


def test_an_invalid_rest_of_another_definition_is_still_ours_by_name(loop: Loop):
    change = abandoned(loop)
    loop.leave_invalid(change.index_name, "(note)")
    assert round_of(loop) == ["clear and retry"]
    assert loop.indexes() == []


def test_the_terminated_backend_of_a_build_leaves_nothing_after_one_round(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), meanwhile(lambda: loop.build(change)) as end:
        pid = until(lambda: loop.sql("SELECT pid FROM pg_stat_progress_create_index WHERE command ~ 'CONCURRENTLY'"))
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        assert isinstance(end(), Interrupted)
    assert loop.invalid() == 1
    with loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as fresh:
        assert round_of(replace(loop, sessions=replace(loop.sessions, ddl=fresh))) == ["clear and retry"]
    assert (loop.now(change).state, loop.invalid()) == ("approved", 0)


def test_what_cannot_be_dropped_yet_is_dropped_by_a_later_round(loop: Loop):
    change = abandoned(loop)
    loop.leave_invalid(change.index_name)
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert step.outcome.startswith("the invalid index is still there")
    assert loop.now(change).state == "building"
    round_of(loop)
    assert loop.indexes() == []


def test_while_the_target_is_paused_nothing_is_touched(loop: Loop):
    change = abandoned(loop)
    loop.leave_invalid(change.index_name)
    with loop.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="an incident")
    assert round_of(loop) == []
    assert loop.invalid() == 1


@pytest.mark.parametrize("state", ["settling", "verifying", "kept"])
def test_who_drops_an_index_of_ours_is_respected(loop: Loop, state):
    change = loop.set_state(loop.built(), state)
    loop.sql(f"DROP INDEX {change.index_name}")
    assert round_of(loop) == ["lost"]
    with loop.ledger() as ledger:
        assert changes.get(ledger, change.id, TARGET).state == "lost"
        assert quarantine.active(ledger, TARGET)[0].reason == f"{change.index_name} was dropped by somebody else"


def test_a_lost_index_that_is_back_is_kept_again(loop: Loop):
    change = loop.built()
    loop.set_state(change, "lost")
    assert round_of(loop) == ["keep again"]
    assert loop.now(change).state == "kept"


def half_drop(loop: Loop, change: Change) -> None:
    """Begin to drop and stop in the middle: the index is invalid, ready and live."""
    with loop.engine.connect() as session, loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        session = session.execution_options(isolation_level="AUTOCOMMIT")
        session.execute(text("SET lock_timeout = '50ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            session.execute(text(f"DROP INDEX CONCURRENTLY {change.index_name}"))
    assert loop.sql("SELECT indisready AND indislive AND NOT indisvalid FROM pg_index WHERE NOT indisvalid")


def test_a_drop_that_somebody_began_is_finished(loop: Loop):
    change = loop.set_state(loop.built(), "kept")
    half_drop(loop, change)
    assert round_of(loop) == ["revert"]
    assert (loop.now(change).state, loop.indexes()) == ("reverted", [])
    assert loop.story(change)[-2:] == ["reverting", "reverted"]


def test_a_revert_that_was_begun_is_finished(loop: Loop):
    change = loop.built()
    half_drop(loop, change)
    loop.set_state(change, "reverting")
    assert round_of(loop) == ["finish revert"]
    assert (loop.now(change).state, loop.indexes()) == ("reverted", [])


def test_a_revert_whose_worker_died_after_the_drop_is_closed(loop: Loop):
    change = loop.built()
    loop.sql(f"DROP INDEX {change.index_name}")
    loop.set_state(change, "reverting")
    assert round_of(loop) == ["finish revert"]
    assert loop.now(change).state == "reverted"


def test_what_was_reverted_and_is_back_is_reverted_again(loop: Loop):
    change = loop.set_state(loop.built(), "reverted")
    assert round_of(loop) == ["undo reappearance"]
    assert (loop.now(change).state, loop.indexes()) == ("reverted", [])


def test_an_invalid_rest_of_a_failed_change_is_cleared(loop: Loop):
    change = loop.set_state(abandoned(loop), "failed")
    loop.leave_invalid(change.index_name)
    assert round_of(loop) == ["clear"]
    assert loop.indexes() == []


def test_an_invalid_index_with_our_mark_and_no_row_is_cleared(loop: Loop):
    loop.leave_invalid("celeriac_777_jobs_user_id")
    assert round_of(loop) == ["clear"]
    assert loop.indexes() == []


def test_an_index_that_somebody_is_building_is_not_cleared_away(loop: Loop):
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, loop.engine.connect() as other:
        other = other.execution_options(isolation_level="AUTOCOMMIT")
        with meanwhile(lambda: other.execute(text("CREATE INDEX CONCURRENTLY celeriac_777_x ON jobs (note)"))):
            until(lambda: loop.indexes())
            assert round_of(loop) == []
            writer.rollback()


def test_a_valid_index_with_our_mark_and_no_row_is_adopted_as_it_is(loop: Loop):
    loop.sql(
        "CREATE INDEX celeriac_777_jobs ON jobs (status DESC, lower(note), id NULLS FIRST, note text_pattern_ops) "
        "INCLUDE (user_id) WHERE status = 'failed'"
    )
    assert round_of(loop) == ["adopt"]
    with loop.ledger() as ledger:
        (adopted,) = changes.in_states(ledger, TARGET, "kept")
        assert audit.history(ledger, adopted.id)[0].to_state == "kept"
    assert adopted.ddl == (
        'CREATE INDEX CONCURRENTLY "celeriac_777_jobs" ON "public"."jobs" USING btree '
        '("status" DESC, (lower(note)), "id" NULLS FIRST, "note" text_pattern_ops) '
        "INCLUDE (\"user_id\") WHERE status = 'failed'::text"
    )
    assert round_of(loop) == []


def test_a_second_index_of_an_open_definition_is_reported_and_left(loop: Loop):
    loop.built(BY_USER)
    loop.sql("CREATE INDEX celeriac_777_jobs ON jobs (user_id)")
    (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert step.outcome.startswith("left alone")
    assert len(loop.indexes()) == 2


def test_nothing_without_our_mark_is_touched(loop: Loop):
    loop.leave_invalid("somebodys_user_id")
    assert round_of(loop) == []
    assert loop.invalid() == 1


def test_a_change_that_moved_while_we_looked_is_left(loop: Loop, monkeypatch):
    change = abandoned(loop)
    decide = reconcile.decide

    def decide_and_lose(seen, index):
        loop.set_state(change, "building", state_since=clock.now())
        return decide(seen, index)

    monkeypatch.setattr(reconcile, "decide", decide_and_lose)
    (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert "somebody else was faster" in step.outcome
