"""Every kind on a real server: what is proposed, done, verified, stopped, tried again and concluded after a crash."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.ledger import clock, control
from celeriac.maintenance import conclude, perform, propose, runs
from celeriac.maintenance.conclude import Done, Expired, Failed, Interrupted, Postponed
from celeriac.maintenance.runs import RunMoved, RunUnknown
from celeriac.maintenance.sessions import bounded
from celeriac.supervision import watched
from celeriac.supervision.outcome import Clear, Refused

from .words import SLOWLY, TARGET, Care, meanwhile, until

RUNNING = "SELECT pid FROM pg_stat_progress_vacuum UNION ALL SELECT pid FROM pg_stat_progress_analyze"


def test_what_was_never_analyzed_is_analyzed(care: Care):
    run = care.approved("analyze")
    assert "never analyzed" in run.reason
    result = care.perform(run)
    assert isinstance(result, Done), result
    assert care.story(run) == ["proposed", "approved", "running", "done"]
    assert (result.run.before["has_statistics"], result.run.after["has_statistics"]) == (False, True)
    assert result.run.after["changed"] == 0
    assert result.run.outcome == "the planner believes in 10000 rows where 10000 are; it believed in 0"
    assert result.run.ended_at > result.run.started_at
    assert "analyze" not in care.propose()


def test_dead_rows_are_vacuumed_and_the_share_of_visible_pages_is_told(care: Care):
    care.dirty()
    run = care.approved("vacuum")
    assert "holds 5000 dead rows beside 5000" in run.reason
    result = care.perform(run)
    assert isinstance(result, Done), result
    assert (result.run.before["dead"], result.run.after["dead"]) == (5000, 0)
    assert result.run.after["visible_ratio"] == 1.0
    assert "5000 of 5000 dead rows are gone;" in result.run.outcome


def test_a_vacuum_never_gives_pages_back_so_that_no_reader_is_locked_out(care: Care):
    care.sql("DELETE FROM jobs")
    pages = "SELECT pg_relation_size('jobs')"
    before = care.sql(pages)
    assert isinstance(care.perform(care.approved("vacuum")), Done)
    assert care.sql(pages) == before


def test_a_partitioned_table_is_analyzed_as_a_whole(care: Care):
    care.sql("CREATE TABLE events (id int, at date) PARTITION BY RANGE (id)")
    care.sql("CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100000)")
    care.sql("INSERT INTO events SELECT i, now() FROM generate_series(1, 5000) i")
    care.by_itself("ANALYZE events_1")
    assert [one.kind for one in care.needs() if one.table.table_name == "events"] == ["analyze"]
    with care.ledger() as ledger:
        (run,) = [
            propose.approve(ledger, one, actor="anna", policy=care.told.policy)
            for one in propose.propose_all(ledger, TARGET, care.needs(), care.told.policy)
            if one.table_name == "events"
        ]
    assert isinstance(care.perform(run), Done)
    assert care.sql("SELECT count(*) FROM pg_stats WHERE tablename = 'events' AND inherited") == 2
    assert [one for one in care.needs() if one.table.table_name == "events"] == []


def test_names_that_need_quotes(care: Care):
    care.sql('ALTER TABLE jobs RENAME TO "the; ""Jobs"""')
    run = care.approved("analyze")
    assert run.ddl == 'ANALYZE public."the; ""Jobs"""'
    assert isinstance(care.perform(run), Done)


def test_what_somebody_else_has_seen_to_is_not_done_again(care: Care):
    run = care.approved("analyze")
    care.by_itself("ANALYZE jobs")
    result = care.perform(run)
    assert isinstance(result, Expired)
    assert "needs it no more" in result.reason
    assert care.now(run).state == "expired"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [("DROP TABLE jobs", "the table is gone"), ("ALTER TABLE jobs RENAME TO works", "is called public.works now")],
)
def test_a_table_that_is_gone_or_has_another_name(care: Care, statement, reason):
    run = care.approved("analyze")
    care.sql(statement)
    result = care.perform(run)
    assert isinstance(result, Expired)
    assert reason in result.reason


def test_what_is_needed_no_more_is_closed_by_the_next_round(care: Care):
    run = care.approved("analyze")
    care.by_itself("ANALYZE jobs")
    care.propose()
    assert care.now(run).state == "expired"


def test_a_proposal_is_written_once_and_renewed(care: Care):
    first = care.propose()["analyze"]
    care.sql("INSERT INTO jobs SELECT i FROM generate_series(20001, 30000) i")
    again = care.propose()["analyze"]
    assert (again.id, first.reason != again.reason) == (first.id, True)
    assert care.story(first) == ["proposed"]


def test_what_a_person_refused_is_not_proposed_again(care: Care):
    run = care.propose()["analyze"]
    with care.ledger() as ledger:
        propose.reject(ledger, run, actor="anna", reason="a staging table")
    assert "analyze" not in care.propose()
    assert care.now(run).outcome == "anna: a staging table"


def test_what_was_done_just_now_is_not_proposed_again(care: Care):
    patient = care.with_policy(min_interval=timedelta(hours=6))
    care.perform(care.approved("analyze"))
    care.sql("INSERT INTO jobs SELECT i FROM generate_series(20001, 60000) i")
    assert "analyze" not in patient.propose()
    assert "analyze" in care.propose()


def test_nobody_decided_in_time(care: Care):
    hasty = care.with_policy(expires=timedelta(0))
    run = hasty.propose()["analyze"]
    hasty.propose()
    assert (care.now(run).state, care.now(run).outcome) == (
        "expired",
        "nobody decided, or no quiet moment came, in time",
    )


def test_a_run_that_moved_meanwhile_is_left_alone(care: Care):
    run = care.approved("analyze")
    with care.ledger() as ledger:
        propose.reject(ledger, run, actor="anna", reason="no")
    with pytest.raises(RunMoved, match="no longer approved but rejected"):
        care.perform(run)
    with pytest.raises(RunUnknown, match="no maintenance run 999999"), care.ledger() as ledger:
        runs.get(ledger, 999999, TARGET)


@contextmanager
def under_way(care: Care, kind: str = "vacuum"):
    """A run that takes its time; yields it and a function that waits for its result."""
    care.dirty()
    if kind == "analyze":
        care.sql("UPDATE jobs SET user_id = 0")
    slow = care.with_policy(**SLOWLY)
    run = slow.approved(kind)
    with meanwhile(lambda: slow.perform(run)) as end:
        until(lambda: care.sql(RUNNING))
        yield run, end


@pytest.mark.parametrize("kind", ["vacuum", "analyze"])
def test_whoever_waits_for_it_ends_it(care: Care, kind):
    with under_way(care, kind) as (run, end):
        care.sql("SET lock_timeout = '5s'; ALTER TABLE jobs ADD COLUMN added int")
        result = end()
    assert isinstance(result, Postponed), result
    assert "waits for a lock because of us" in result.reason
    assert (result.run.state, result.run.attempt) == ("approved", 1)
    assert care.story(run) == ["proposed", "approved", "running", "approved"]
    assert isinstance(care.perform(care.now(run)), Done)


@pytest.mark.parametrize("kind", ["vacuum", "analyze"])
def test_a_pause_ends_it_at_once(care: Care, kind):
    with under_way(care, kind) as (run, end):
        with care.ledger() as ledger:
            control.pause(ledger, TARGET, actor="anna", reason="a release")
        result = end()
    assert isinstance(result, Postponed), result
    assert "stopped: paused by anna: a release" in result.reason
    assert (result.run.state, result.run.attempt) == ("approved", 0)
    assert care.sql(RUNNING) is None
    refused = care.perform(care.now(run))
    assert isinstance(refused, Refused)
    assert refused.guard == "paused"


def test_it_runs_as_gently_as_autovacuum_and_dies_with_its_client(care: Care):
    work = care.sessions.ddl
    with bounded(work, care.with_policy(cost_delay_ms=2).told.policy):
        shown = {
            name: work.scalar(text(f"SHOW {name}"))
            for name in ("vacuum_cost_delay", "lock_timeout", "statement_timeout", "client_connection_check_interval")
        }
    assert shown == {
        "vacuum_cost_delay": "2ms",
        "lock_timeout": "300ms",
        "statement_timeout": "4h",
        "client_connection_check_interval": "5s",
    }
    assert work.scalar(text("SHOW vacuum_cost_delay")) == "0"


def test_its_progress_is_told(care: Care):
    care.dirty()
    slow, told = care.with_policy(**SLOWLY), []
    run = slow.approved("vacuum")
    with meanwhile(lambda: perform.perform(slow.sessions, run, slow.told, report=told.append)) as end:
        until(lambda: told)
        care.sql("SELECT pg_cancel_backend(:pid)", pid=care.sql(RUNNING))
        result = end()
    assert told[0].phase == "scanning heap"
    assert isinstance(result, Postponed)
    assert (result.run.attempt, result.reason) == (1, "canceling statement due to user request")


def test_a_server_that_was_lost_is_concluded_later_and_a_living_run_is_left_alone(care: Care):
    other = care.anew()
    with under_way(care) as (run, end):
        assert perform.recover(other.sessions, TARGET, care.told) == ()
        refused = other.perform(run)
        assert isinstance(refused, Refused)
        assert refused.guard == "alone"
        care.sql("SELECT pg_terminate_backend(:pid)", pid=care.now(run).backend_pid)
        assert isinstance(end(), Interrupted)
    assert care.now(run).state == "running"
    (result,) = until(lambda: perform.recover(other.sessions, TARGET, care.told))
    assert isinstance(result, Postponed)
    assert (result.reason, result.run.attempt) == ("its worker died before it came to its end", 1)
    assert isinstance(other.perform(result.run), Done)
    other.close()


def begun(care: Care, kind: str):
    """A run whose worker dies right after it wrote its intent."""
    run = care.approved(kind)
    with care.ledger() as ledger:
        at = ledger.scalar(text("SELECT clock_timestamp()"))
        return runs.transition(
            ledger, run, "begin", actor="celeriac", reason="about to",
            before={**run.before, "at": at.isoformat()}, started_at=clock.now(),
        )  # fmt: skip


def test_a_worker_that_died_after_the_work_was_done_is_finished(care: Care):
    run = begun(care, "analyze")
    care.by_itself("ANALYZE jobs")
    (result,) = perform.recover(care.sessions, TARGET, care.told)
    assert isinstance(result, Done)
    assert care.story(run)[-1] == "done"
    assert perform.recover(care.sessions, TARGET, care.told) == ()


def test_the_next_run_concludes_what_the_last_one_left(care: Care):
    care.dirty()
    care.sql("UPDATE jobs SET user_id = 0")
    left = begun(care, "vacuum")
    run = care.approved("analyze")
    assert isinstance(care.perform(run), Done)
    assert care.now(left).state == "approved"


def test_after_the_last_attempt_it_fails(care: Care):
    once = care.with_policy(max_attempts=1)
    run = begun(care, "analyze")
    (result,) = perform.recover(care.sessions, TARGET, once.told)
    assert isinstance(result, Failed)
    assert care.now(run).outcome == "its worker died before it came to its end"


def test_a_table_that_is_dropped_meanwhile_fails_the_run(care: Care):
    begun(care, "analyze")
    care.sql("DROP TABLE jobs")
    (result,) = perform.recover(care.sessions, TARGET, care.told)
    assert isinstance(result, Failed)
    assert result.reason == "the table was dropped meanwhile"


def test_a_lock_that_cannot_be_had_postpones_it(care: Care):
    run = begun(care, "analyze")
    with care.session("LOCK TABLE jobs IN SHARE MODE"), bounded(care.sessions.ddl, care.told.policy):
        ran = watched.run(care.sessions, run.ddl, poll_s=0.02, may_go_on=lambda _: Clear())
    result = conclude.conclude(care.sessions, run, ran, care.told)
    assert isinstance(result, Postponed)
    assert result.reason.startswith("a lock could not be had within lock_timeout")


def test_what_no_attempt_can_mend_fails_at_once(care: Care):
    run = begun(care, "analyze")
    ran = watched.run(care.sessions, "ANALYZE no_such_table", poll_s=0.02, may_go_on=lambda _: Clear())
    result = conclude.conclude(care.sessions, run, ran, care.told)
    assert isinstance(result, Failed)
    assert result.reason == 'relation "no_such_table" does not exist'


def test_what_nobody_watches_does_not_run_on(care: Care):
    def broken(_pid: int):
        raise KeyboardInterrupt

    care.dirty()
    care.sessions.ddl.execute(text("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1"))
    with pytest.raises(KeyboardInterrupt):
        watched.run(care.sessions, "VACUUM jobs", poll_s=0.02, may_go_on=broken)
    assert care.sql(RUNNING) is None
