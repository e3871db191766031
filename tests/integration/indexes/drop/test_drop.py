"""Dropping what is surplus: looked at again, intent and inverse first, judged by the catalog."""

import pytest
from sqlalchemy import text

from celeriac.indexes import drop, reconcile
from celeriac.indexes.build import Failed, Interrupted, Postponed
from celeriac.indexes.drop import run
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import audit, clock, control
from celeriac.supervision.outcome import Refused

from ..loop import TARGET, Loop, meanwhile, until
from .test_propose import WIDER_DEFINITION
from .words import BY_USER, covered, definition, dropped, gone, kept, proposed, there, unused, watched

DROPPING = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%celeriac:drop%' AND wait_event_type = 'Lock'"


def test_the_index_goes_and_its_inverse_was_written_before(loop: Loop):
    change = unused(loop)
    was = definition(loop)
    change = gone(loop, change)
    assert not there(loop)
    assert (change.state, change.settled_at is not None) == ("drop_verifying", True)
    assert change.undo_ddl == was.replace("CREATE INDEX jobs_user ON public.jobs", 'CREATE INDEX CONCURRENTLY "jobs_user" ON "public"."jobs"')  # fmt: skip # noqa: E501
    assert loop.story(change) == ["proposed", "approved", "dropping", "drop_verifying"]
    with loop.ledger() as ledger:
        intent = audit.history(ledger, change.id)[2]
    assert intent.reason == "about to drop jobs_user"
    assert intent.evidence["pid"] > 0


def test_a_covered_index_goes(loop: Loop):
    gone(loop, covered(loop))
    assert (there(loop), there(loop, "jobs_user_status")) == (False, True)


FOREIGN_KEY = """
    CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u SELECT generate_series(0, 999);
    ALTER TABLE jobs ADD FOREIGN KEY (user_id) REFERENCES u
"""


@pytest.mark.parametrize(
    ("meantime", "reason"),
    [
        ("SET enable_seqscan = off; SELECT count(*) FROM jobs WHERE user_id = 7", "it was used since"),
        ("ALTER TABLE jobs CLUSTER ON jobs_user", "its table is clustered by it"),
        (FOREIGN_KEY, "it is the only index that serves a foreign key"),
        ("ALTER INDEX jobs_user RENAME TO jobs_owner", "is not the index any more that was found surplus"),
        ("ALTER TABLE jobs ALTER COLUMN user_id TYPE bigint", "is not there any more, by another's hand"),
        ("SELECT pg_stat_reset()", "the counters were reset since it was found unused"),
        ("DROP INDEX jobs_user", "jobs_user is not there any more, by another's hand"),
        ("DROP INDEX jobs_user; CREATE INDEX jobs_user ON jobs (note)", "not there any more, by another's hand"),
        ("DROP TABLE jobs", "is not there any more, by another's hand"),
        ("ALTER TABLE jobs RENAME TO work", "table public.jobs does not exist (any more)"),
    ],
    ids=[
        "used",
        "clustered",
        "foreign key",
        "renamed",
        "type",
        "reset",
        "dropped",
        "recreated",
        "no table",
        "another table",
    ],
)
def test_what_happened_in_the_meantime_is_respected(loop: Loop, meantime: str, reason: str):
    change = unused(loop)
    with loop.engine.connect() as other:
        for statement in meantime.split(";"):
            other.execute(text(statement))
        other.commit()
    if "enable_seqscan" in meantime:
        until(lambda: loop.sql("SELECT pg_stat_get_numscans('jobs_user'::regclass)"))
    names = loop.sql("SELECT count(*) FROM pg_index")
    result = dropped(loop, change)
    assert isinstance(result, Failed)
    assert reason in result.reason
    assert loop.now(change).state in ("failed", "lost")
    assert loop.sql("SELECT count(*) FROM pg_index") == names


def test_what_became_unique_or_replicas_identity_is_never_dropped(loop: Loop):
    change = covered(loop)
    loop.sql("ALTER TABLE jobs ALTER user_id SET NOT NULL")
    loop.sql("UPDATE pg_index SET indisreplident = true WHERE indexrelid = 'jobs_user'::regclass")
    result = dropped(loop, change)
    assert isinstance(result, Failed)
    assert result.reason == "replication identifies rows by it"


def test_when_the_wider_one_is_gone_the_narrow_one_stays(loop: Loop):
    change = covered(loop)
    loop.sql("DROP INDEX jobs_user_status")
    result = dropped(loop, change)
    assert isinstance(result, Failed)
    assert result.reason == "no index that stays covers it any more"
    assert there(loop)


def test_when_the_wider_one_of_ours_is_being_undone_the_narrow_one_stays(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = kept(loop, WIDER_DEFINITION)
    ((change,), _) = proposed(loop)
    change = loop.approve(change, "anna")
    loop.set_state(wider, "reverted", state_since=clock.now())  # its index is not gone yet
    result = dropped(loop, change)
    assert isinstance(result, Failed)
    assert result.reason == "no index that stays covers it any more"


def test_use_on_a_replica_since_the_proposal_counts(loop: Loop):
    change = unused(loop)
    loop.set_state(change, "approved", promised={**change.promised, "scans": {"primary": 0, "replica 1": 0}})
    refused = dropped(loop, loop.now(change))
    assert isinstance(refused, Refused)
    assert refused.reason == "whether replica 1 has used it since cannot be seen"
    with loop.engine.connect() as replica:
        replica.execute(text("SET enable_seqscan = off"))
        replica.execute(text("SELECT count(*) FROM jobs WHERE user_id = 7")).all()
    until(lambda: loop.sql("SELECT pg_stat_get_numscans('jobs_user'::regclass)"))
    with loop.engine.connect() as replica:  # the primary itself stands in: it shows what a replica would
        result = dropped(loop, loop.now(change), replicas={"replica 1": replica})
    assert isinstance(result, Failed)
    assert result.reason == "it was used since it was found unused"


def test_a_role_that_does_not_own_the_table_drops_nothing(loop: Loop):
    change = unused(loop)
    for session in (loop.sessions.ddl, loop.sessions.watch):
        session.execute(text("DO $$ BEGIN CREATE ROLE stranger; EXCEPTION WHEN duplicate_object THEN NULL; END $$"))
        session.execute(text("SET ROLE stranger"))
    try:
        result = dropped(loop, change)
    finally:
        for session in (loop.sessions.ddl, loop.sessions.watch):
            session.execute(text("RESET ROLE"))
    assert isinstance(result, Failed)
    assert result.reason.startswith("role stranger does not own public.jobs and may not index it")
    assert there(loop)


def test_the_guards_are_asked_and_the_change_stays_approved(loop: Loop):
    change = unused(loop)
    with loop.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="an incident")
    refused = dropped(loop, change)
    assert isinstance(refused, Refused)
    assert (refused.guard, loop.now(change).state) == ("paused", "approved")


def test_the_mode_auto_did_not_approve_it_for_others(loop: Loop):
    loop.sql(BY_USER)
    watched(loop)
    ((change,), _) = proposed(loop)
    refused = dropped(loop, loop.approve(change, "auto"))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("Celeriac did not make this index")


def test_without_any_measurement_a_loss_could_not_be_told(loop: Loop):
    refused = drop.drop(loop.sessions, unused(loop), loop.policies, capture=lambda: None)
    assert isinstance(refused, Refused)
    assert refused.guard == "baseline"
    assert there(loop)


def test_a_second_change_of_the_table_is_waited_for(loop: Loop):
    change = unused(loop)
    loop.built()
    refused = dropped(loop, change)
    assert isinstance(refused, Refused)
    assert refused.guard == "same table"


def test_no_build_begins_while_a_drop_is_measured(loop: Loop):
    gone(loop)
    refused = loop.build(loop.approved())
    assert isinstance(refused, Refused)
    assert "is still drop_verifying" in refused.reason


def test_another_maker_is_waited_for(loop: Loop):
    change = unused(loop)
    with loop.engine.connect() as other, sole_maker(other, TARGET, "public", "users"):
        assert isinstance(dropped(loop, change), Refused)
    assert loop.now(change).state == "approved"


def test_a_table_that_is_worked_on_is_waited_for(loop: Loop):
    change = unused(loop)
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"):
        refused = dropped(loop, change)
    assert isinstance(refused, Refused)
    assert refused.guard == "at work"


def test_a_writer_that_stays_leaves_it_half_dropped_and_reconcile_goes_on(loop: Loop):
    change = unused(loop)
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        result = dropped(loop, change)
    assert isinstance(result, Interrupted)
    assert (loop.now(change).state, loop.invalid()) == ("dropping", 1)
    (step,) = drop.reconcile(loop.sessions, TARGET, loop.policies)
    assert step[2:] == ("finish drop", "drop_verifying")
    assert not there(loop)


def test_a_lock_that_cannot_be_had_leaves_it_as_it_was(loop: Loop):
    change = loop.set_state(unused(loop), "dropping", definition_hash="x")
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"):
        result = run.finish(loop.sessions, change, loop.policies)
    assert isinstance(result, Postponed)
    assert "lock timeout" in result.reason
    assert (result.change.state, result.change.attempt, loop.invalid()) == ("approved", 1, 0)


def test_a_name_that_changed_at_the_last_moment_is_not_touched(loop: Loop):
    change = loop.set_state(unused(loop), "dropping", definition_hash="x")
    loop.sql("ALTER INDEX jobs_user RENAME TO jobs_owner")
    loop.sql("CREATE INDEX jobs_user ON jobs (note)")
    result = run.finish(loop.sessions, change, loop.policies)
    assert isinstance(result, Failed)
    assert result.reason == "it is called public.jobs_owner now: it was not touched"
    assert (there(loop), there(loop, "jobs_owner")) == (True, True)


def test_the_kill_switch_stops_a_drop_that_waits(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = unused(loop)
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), meanwhile(lambda: dropped(loop, change)) as end:
        until(lambda: loop.sql(DROPPING))
        with loop.ledger() as ledger:
            control.pause(ledger, actor="anna", reason="an incident")
        result = end()
    assert isinstance(result, Interrupted)
    assert "paused by anna: an incident" in result.reason
    assert reconcile.reconcile(loop.sessions, TARGET, loop.policies) == ()
    assert loop.invalid() == 1
    with loop.ledger() as ledger:
        control.resume(ledger, actor="anna", reason="it is over")
    (step,) = reconcile.reconcile(loop.sessions, TARGET, loop.policies)
    assert (step.action, step.outcome, loop.invalid()) == ("finish drop", "drop_verifying", 0)


def test_whoever_waits_behind_the_drop_comes_first(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = unused(loop)
    with (
        loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: dropped(loop, change)) as end,
    ):
        until(lambda: loop.sql(DROPPING))
        loop.sql("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE")
        writer.rollback()
        assert isinstance(end(), Interrupted | drop.Removed)


def test_an_invalid_index_of_somebody_goes_and_comes_back_valid(loop: Loop):
    loop.leave_invalid("jobs_rest")
    ((change,), _) = proposed(loop)
    change = gone(loop, loop.approve(change, "anna"))
    assert loop.invalid() == 0
    assert change.promised["why"] == "invalid"
