"""Each guard refuses a planted fault on a real server, and is silent without it."""

import pytest
from sqlalchemy import text

from celeriac.indexes import guards
from celeriac.indexes.guards import context
from celeriac.indexes.guards.context import Context
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import LoopPolicy
from celeriac.ledger import changes, clock, control, quarantine
from celeriac.supervision.outcome import Clear, Outcome, Refused

from .loop import BY_STATUS, Loop, meanwhile, until


def ask(loop: Loop, change: changes.Change, **given) -> Outcome:
    with loop.ledger() as ledger:
        return guards.before_build(
            Context(
                loop.sessions.watch,
                ledger,
                change,
                loop.policies.guard,
                given.pop("mode", "auto"),
                loop.policies.verify,
            )
        )


def assert_refused(loop: Loop, change: changes.Change, guard: str, reason: str, **given) -> None:
    outcome = ask(loop, change, **given)
    assert isinstance(outcome, Refused)
    assert outcome.guard == guard
    assert reason in outcome.reason


@pytest.fixture
def change(loop: Loop) -> changes.Change:
    return loop.approved()


def test_all_is_clear(loop, change):
    assert ask(loop, change) == Clear()


def test_paused(loop, change):
    with loop.ledger() as ledger:
        control.pause(ledger, "main", actor="anna", reason="a release")
    assert_refused(loop, change, "paused", "paused by anna: a release")


def test_paused_by_the_configuration(loop, change):
    with loop.ledger() as ledger:
        paused = Context(
            loop.sessions.watch, ledger, change, loop.policies.guard, "auto", loop.policies.verify, paused=True
        )
        for ask_them in (guards.before_build, guards.before_prune, guards.during_build, guards.during_undo):
            outcome = ask_them(paused)
            assert isinstance(outcome, Refused)
            assert "the setting CELERIAC_LOOP__PAUSED is on" in outcome.reason


def test_observing(loop, change):
    assert_refused(loop, change, "mode", "recommended only", mode="observe")


def test_without_a_persons_approval(loop, change):
    assert_refused(loop, change, "mode", "no person has approved", mode="approve")


def test_with_a_persons_approval(loop):
    assert ask(loop, loop.approve(loop.propose(), actor="anna"), mode="approve") == Clear()


def test_in_quarantine(loop, change):
    with loop.ledger() as ledger:
        quarantine.put(
            ledger,
            target="main",
            identity=change.identity,
            change_id=change.id,
            reason="it hurt",
            promised={},
            back_off=loop.policies.verify.quarantine,
        )
    assert_refused(loop, change, "quarantine", "it hurt")


def test_outside_the_window(loop, change):
    hour = loop.sql("SELECT extract(hour FROM clock_timestamp())::int")
    away = (f"{(hour + 3) % 24:02}:00", f"{(hour + 5) % 24:02}:00")
    assert_refused(loop.with_guard(window=away), change, "window", f"allowed from {away[0]}")


def test_too_many_changes_in_a_day(loop, change):
    loop.set_state(loop.approved(BY_STATUS), "kept", build_started_at=clock.now())
    assert_refused(loop.with_guard(max_changes_per_day=1), change, "pace", "1 changes were begun within a day")


def test_too_many_bytes_in_a_week(loop, change):
    assert_refused(loop.with_guard(max_bytes_per_week=1000), change, "pace", "the limit is 0 MiB")


def test_another_build_is_running(loop, change):
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, loop.engine.connect() as other:
        other = other.execution_options(isolation_level="AUTOCOMMIT")
        with meanwhile(lambda: other.execute(text("CREATE INDEX CONCURRENTLY somebodys ON jobs (note)"))):
            pid = until(lambda: loop.sql("SELECT pid FROM pg_stat_progress_create_index"))
            assert_refused(loop, change, "other builds", f"process {pid} is building an index on jobs")
            writer.rollback()


def test_another_change_of_the_table_is_being_judged(loop, change):
    other = loop.set_state(loop.approved(BY_STATUS), "verifying")
    assert_refused(loop, change, "same table", f"change {other.id} of public.jobs is still verifying")


def test_a_table_that_is_too_large(loop, change):
    assert_refused(loop.with_guard(max_table_bytes=8192), change, "table size", "over the limit")


def test_a_partitioned_table_is_as_large_as_its_partitions(loop):
    loop.sql("CREATE TABLE parts (id int) PARTITION BY RANGE (id)")
    for part in (0, 1):
        loop.sql(f"CREATE TABLE parts_{part} PARTITION OF parts FOR VALUES FROM ({part}0000) TO ({part + 1}0000)")
    loop.sql("INSERT INTO parts SELECT generate_series(0, 19999)")
    loop.sql("ANALYZE parts")
    change = loop.approved(IndexDefinition("public", "parts", (KeyPart("id"),)))
    one = loop.sql("SELECT pg_relation_size('parts_0')")
    assert_refused(loop.with_guard(max_table_bytes=one + 8192), change, "table size", "over the limit")
    assert ask(loop.with_guard(max_table_bytes=2 * one + 8192), change) == Clear()


def test_a_table_with_too_many_indexes(loop, change):
    assert_refused(loop.with_guard(max_indexes_per_table=1), change, "index count", "the table has 1 indexes")


def test_a_spent_storage_budget(loop, change):
    loop.sql("CREATE INDEX celeriac_99_jobs_note ON jobs (note)")
    assert_refused(loop.with_guard(storage_budget_bytes=1_100_000), change, "storage", "the budget is 1 MiB")


def test_a_full_disk(loop, change):
    assert_refused(loop.with_guard(min_disk_free_ratio=1.0), change, "disk", "100% of the disk must stay free")


def test_a_server_at_its_limit(loop, change):
    with meanwhile(lambda: loop.sql("SELECT pg_sleep(30)")):
        until(lambda: loop.sql("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"))
        tight = loop.with_guard(max_active_backends_per_core=0.5, server_cores=1)
        assert_refused(tight, change, "load", "1 sessions are at work on 1 cores")
        loop.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'")


def test_an_old_snapshot_is_refused_by_its_process(loop, change):
    with loop.session("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT 1") as reader:
        pid = reader.scalar(text("SELECT pg_backend_pid()"))
        assert_refused(loop.with_guard(max_snapshot_age_s=0), change, "snapshot", f"process {pid} has had")
    assert ask(loop.with_guard(max_snapshot_age_s=0), change) == Clear()


def test_a_transaction_that_has_locked_the_table_counts_without_a_snapshot(loop, change):
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        assert_refused(loop.with_guard(max_snapshot_age_s=0), change, "snapshot", "a build would wait for it")


def test_an_idle_transaction_elsewhere_does_not_matter(loop, change):
    with loop.session("SELECT 1"):
        assert ask(loop.with_guard(max_snapshot_age_s=0), change) == Clear()


def test_a_vacuum_of_the_table(loop, change):
    loop.sql("DELETE FROM jobs WHERE id % 2 = 0")

    def vacuum() -> None:
        with loop.engine.connect() as slow:
            slow = slow.execution_options(isolation_level="AUTOCOMMIT")
            slow.execute(text("SET vacuum_cost_delay = 100"))
            slow.execute(text("SET vacuum_cost_limit = 1"))
            slow.execute(text("VACUUM jobs"))

    with meanwhile(vacuum):
        pid = until(lambda: loop.sql("SELECT pid FROM pg_stat_progress_vacuum"))
        assert_refused(loop, change, "vacuum", f"process {pid} runs a VACUUM of the table")
        loop.sql("SELECT pg_cancel_backend(:pid)", pid=pid)


def test_undoing_waits_neither_for_a_window_nor_for_quiet(loop, change):
    strict = loop.with_guard(window=("00:00", "00:00"), max_changes_per_day=0, max_table_bytes=0)
    with loop.ledger() as ledger:
        undoing = Context(
            loop.sessions.watch, ledger, change, strict.policies.guard, LoopPolicy().mode, strict.policies.verify
        )
        assert guards.before_undo(undoing) == Clear()
        assert isinstance(guards.before_build(undoing), Refused)


def test_a_drop_waits_for_window_and_pace_but_not_for_room(loop, change):
    roomless = loop.with_guard(storage_budget_bytes=0, max_table_bytes=0, max_indexes_per_table=0)
    strict = loop.with_guard(max_changes_per_day=0)
    with loop.ledger() as ledger:
        assert guards.before_prune(context.of(loop.sessions.watch, ledger, change, roomless.policies)) == Clear()
        outcome = guards.before_prune(context.of(loop.sessions.watch, ledger, change, strict.policies))
    assert isinstance(outcome, Refused)
    assert outcome.guard == "pace"


def test_every_guard_module_is_asked():
    names = {guard.check.__module__.rpartition(".")[2] for guard in guards.GUARDS}
    from pathlib import Path

    modules = {path.stem for path in Path(guards.__file__).parent.glob("*.py")} - {"__init__", "context"}
    assert names == modules
