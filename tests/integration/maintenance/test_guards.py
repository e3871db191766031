"""Each guard refuses a planted fault on a real server, and is silent without it."""

import pytest
from sqlalchemy import text

from celeriac.ledger import changes, control
from celeriac.ledger.changes import Proposal
from celeriac.maintenance import decide, guards
from celeriac.maintenance.runs import Run
from celeriac.supervision.outcome import Clear, Outcome, Refused

from .words import SLOWLY, TARGET, Care, meanwhile, until


@pytest.fixture
def worn(care: Care) -> Care:
    """A table that needs both: half of its rows have died and changed since."""
    care.by_itself("VACUUM (ANALYZE) jobs")
    care.sql("UPDATE jobs SET user_id = 0 WHERE id % 2 = 0")
    return care


@pytest.fixture
def vacuum(worn: Care) -> Run:
    return worn.approved("vacuum", actor="auto")


@pytest.fixture
def analyze(worn: Care) -> Run:
    return worn.approved("analyze", actor="auto")


def ask(care: Care, run: Run) -> Outcome:
    with care.ledger() as ledger:
        return decide.may_begin(guards.case(care.sessions.watch, ledger, run, care.told))


def assert_refused(care: Care, run: Run, guard: str, reason: str) -> None:
    outcome = ask(care, run)
    assert isinstance(outcome, Refused)
    assert (outcome.guard, reason in outcome.reason) == (guard, True), outcome
    result = care.perform(run)
    assert isinstance(result, Refused)
    now = care.now(run)
    assert (now.state, now.outcome) == ("approved", result.reason)


def test_all_is_clear(care, vacuum, analyze):
    assert ask(care, vacuum) == ask(care, analyze) == Clear()


def test_paused_in_the_ledger_or_by_the_configuration(care, analyze):
    assert_refused(care.with_limits(paused=True), analyze, "paused", "the setting CELERIAC_LOOP__PAUSED is on")
    with care.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="a release")
    assert_refused(care, analyze, "paused", "paused by anna: a release")


def test_each_kind_has_its_mode(care, analyze, vacuum):
    careful = care.with_policy(analyze_mode="approve", vacuum_mode="observe")
    assert_refused(careful, analyze, "mode", "no person has approved this run")
    assert_refused(careful, vacuum, "mode", "the mode of vacuum is observe")


def test_the_targets_own_mode_makes_it_more_careful(care, analyze):
    assert_refused(care.with_limits(mode="observe"), analyze, "mode", "the mode of analyze is observe")
    assert_refused(care.with_limits(mode="approve"), analyze, "mode", "no person has approved this run")
    assert ask(care.with_limits(mode="auto"), analyze) == Clear()


def test_a_fall_back_makes_it_more_careful(care, analyze):
    care.sql("INSERT INTO celeriac.control (target, mode, reason, actor) VALUES ('main', 'approve', 'reverts', 'us')")
    assert_refused(care, analyze, "mode", "no person has approved this run")


def test_outside_the_window(care, analyze):
    hour = care.sql("SELECT extract(hour FROM clock_timestamp())::int")
    away = (f"{(hour + 3) % 24:02}:00", f"{(hour + 5) % 24:02}:00")
    assert_refused(care.with_limits(window=away), analyze, "window", f"allowed from {away[0]}")


def test_the_days_runs_are_spent(care, analyze, vacuum):
    care.perform(analyze)
    assert_refused(care.with_policy(max_runs_per_day=1), vacuum, "pace", "1 runs were begun within a day")


def test_an_index_of_the_table_is_being_judged(care, analyze):
    with care.ledger() as ledger:
        change = changes.propose(
            ledger, Proposal(TARGET, "build", "public", "jobs", "x", {}, "", "advisor", "it helps", {}),
            actor="test", lasts=care.told.policy.expires,
        )  # fmt: skip
        changes.note(ledger, change, state="verifying")
    assert_refused(care, analyze, "indexes", f"change {change.id} of the indexes of public.jobs is verifying")
    care.sql("UPDATE celeriac.change SET table_name = 'others'")
    assert ask(care, analyze) == Clear()
    care.sql("UPDATE celeriac.change SET state = 'reverting'")
    assert_refused(care, analyze, "undoing", f"change {change.id} of the indexes of public.others is reverting")


def test_a_vacuum_waits_until_the_server_is_idle(care, analyze, vacuum):
    idle = care.with_limits(cores=1)
    with meanwhile(lambda: care.sql("SELECT pg_sleep(30)")):
        until(lambda: care.sql("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"))
        assert_refused(idle, vacuum, "load", "1 sessions are at work on 1 cores; the limit is 0.5 a core")
        assert ask(idle, analyze) == Clear()
        assert_refused(idle.with_limits(max_active_backends_per_core=0.5), analyze, "load", "1 sessions are at work")
        care.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'")


def slow_vacuum(care: Care, table: str) -> None:
    with care.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as slow:
        slow.execute(text(f"SET vacuum_cost_delay = {SLOWLY['cost_delay_ms']}"))
        slow.execute(text(f"SET vacuum_cost_limit = {SLOWLY['cost_limit']}"))
        slow.execute(text(f"VACUUM {table}"))


@pytest.mark.parametrize("other", ["jobs", "others"])
def test_a_vacuum_of_this_or_another_table(care, vacuum, other):
    care.sql("CREATE TABLE others AS SELECT * FROM jobs")
    with meanwhile(lambda: slow_vacuum(care, other)):
        pid = until(lambda: care.sql("SELECT pid FROM pg_stat_progress_vacuum"))
        what = "vacuums or analyzes the table" if other == "jobs" else "vacuums another table"
        assert_refused(care, vacuum, "upkeep", f"process {pid} {what}")
        care.sql("SELECT pg_cancel_backend(:pid)", pid=pid)


def test_another_table_is_vacuumed_while_this_one_is_analyzed(care, analyze):
    care.sql("CREATE TABLE others AS SELECT * FROM jobs")
    with meanwhile(lambda: slow_vacuum(care, "others")):
        pid = until(lambda: care.sql("SELECT pid FROM pg_stat_progress_vacuum"))
        assert ask(care, analyze) == Clear()
        care.sql("SELECT pg_cancel_backend(:pid)", pid=pid)


def test_an_index_is_being_built(care, vacuum):
    care.sql("CREATE TABLE others (id int)")
    with (
        care.session("LOCK TABLE others IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: care.by_itself("CREATE INDEX CONCURRENTLY somebodys ON others (id)")),
    ):
        pid = until(lambda: care.sql("SELECT pid FROM pg_stat_progress_create_index"))
        assert_refused(care, vacuum, "builds", f"process {pid} builds an index")
        writer.rollback()


def test_a_session_that_has_locked_the_table_is_named(care, analyze):
    with care.session("LOCK TABLE jobs IN SHARE MODE") as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))
        assert_refused(care, analyze, "locks", f"process {pid} has locked the table")
    with care.session("SELECT 1 FROM jobs", "DELETE FROM jobs WHERE id = 1"):
        assert ask(care, analyze) == Clear()


@pytest.mark.parametrize(
    "holding",
    [
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT 1"),
        ("CREATE TEMP TABLE mine (id int)",),  # it has written, and has no snapshot
    ],
)
def test_a_snapshot_that_makes_a_vacuum_useless_is_named(care, vacuum, analyze, holding):
    hasty = care.with_limits(max_snapshot_age_s=0)
    with care.session(*holding) as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))
        assert_refused(hasty, vacuum, "snapshot", f"process {pid} has had a transaction open for 0 s")
        assert ask(hasty, analyze) == Clear()
    assert ask(hasty, vacuum) == Clear()


def test_an_idle_session_without_snapshot_does_not_matter(care, vacuum):
    with care.session("SELECT 1"):
        assert ask(care.with_limits(max_snapshot_age_s=0), vacuum) == Clear()


def test_what_a_snapshot_held_back_is_told_in_the_outcome(care, vacuum):
    care.sql("DELETE FROM jobs WHERE user_id = 1")
    with care.session("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT 1"):
        care.sql("DELETE FROM jobs WHERE id > 100")
        result = care.perform(vacuum)
    assert result.run.state == "done"
    assert "the others are held back or have died since" in result.run.outcome
