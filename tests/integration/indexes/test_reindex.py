from dataclasses import replace

import pytest
from sqlalchemy import text

from celeriac.indexes import reconcile, reindex, revert, verify
from celeriac.indexes.build import Built, Failed, Interrupted, Postponed
from celeriac.indexes.policy import ReindexPolicy
from celeriac.indexes.sessions import sole_maker
from celeriac.indexes.verdict import Verdict
from celeriac.ledger.changes import Change, NothingToUndo
from celeriac.statements.catalog import read_catalog
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

from .loop import TARGET, Loop, meanwhile, until

POLICY = ReindexPolicy(min_wasted_bytes=100_000, min_wasted_ratio=0.3)
REBUILDER = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'REINDEX CONCURRENTLY'"
SIZE = "SELECT pg_relation_size('jobs_key')"
ALL = "SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass"


@pytest.fixture
def bloated(loop: Loop) -> Loop:
    """Somebody's index, most of which is air after nine rows of ten were deleted."""
    loop.sql("CREATE INDEX jobs_key ON jobs (id, user_id)")
    loop.sql("DELETE FROM jobs WHERE id % 10 > 0")
    with loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as session:
        session.execute(text("VACUUM ANALYZE jobs"))
    return loop


def found(loop: Loop, policy: ReindexPolicy = POLICY) -> list[reindex.Bloat]:
    with loop.engine.connect() as connection:
        return [one for one in reindex.find(connection, read_catalog(connection), policy, {})
                if one.index.name == "jobs_key"]  # fmt: skip


def approved(loop: Loop) -> Change:
    (bloat,) = found(loop)
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        change = reindex.propose(connection, ledger, TARGET, bloat, actor="test", policy=loop.policies.loop)
    assert isinstance(change, Change)
    return loop.approve(change)


def rebuild(loop: Loop, change: Change):
    return reindex.rebuild(loop.sessions, change, loop.policies, capture=lambda: None)


def test_a_healthy_index_is_left_alone(loop: Loop):
    loop.sql("CREATE INDEX jobs_key ON jobs (id, user_id)")
    loop.sql("ANALYZE jobs")
    assert found(loop) == []


def test_what_is_mostly_air_is_found_and_measured(bloated: Loop):
    (bloat,) = found(bloated)
    assert bloat.measured
    assert bloat.wasted_ratio > 0.7
    assert "of it is air" in bloat.sentence


def test_without_pgstattuple_it_is_estimated(bloated: Loop):
    bloated.sql("DROP EXTENSION pgstattuple")
    (bloat,) = found(bloated)
    bloated.sql("CREATE EXTENSION pgstattuple")
    assert not bloat.measured
    assert bloat.wasted_ratio > 0.7


def test_little_is_not_minded(bloated: Loop):
    assert found(bloated, ReindexPolicy()) == []


def test_what_came_out_no_smaller_is_not_found_again(bloated: Loop):
    bloated.sql("DROP EXTENSION pgstattuple")
    with bloated.engine.connect() as connection:
        fresh = {("public", "jobs_key"): bloated.sql(SIZE)}
        again = reindex.find(connection, read_catalog(connection), POLICY, fresh)
    bloated.sql("CREATE EXTENSION pgstattuple")
    assert "jobs_key" not in [one.index.name for one in again]


def test_a_rebuild_makes_it_smaller_and_leaves_nothing_else(bloated: Loop):
    before = bloated.sql(SIZE)
    change = approved(bloated)
    result = rebuild(bloated, change)
    assert isinstance(result, Built), result
    assert bloated.sql(SIZE) < before / 2
    assert (bloated.sql(ALL), bloated.invalid()) == (2, 0)
    assert bloated.story(change) == ["proposed", "approved", "baselined", "building", "settling"]
    assert result.change.evidence["size_bytes_before"] > result.change.evidence["size_bytes_after"] > 0
    assert reconcile.reconcile(bloated.sessions, TARGET, bloated.policies) == ()


def test_it_is_never_undone(bloated: Loop):
    change = rebuild(bloated, approved(bloated)).change
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        revert.revert(bloated.sessions, change, bloated.policies, reason="asked for")
    verifying = bloated.set_state(change, "verifying")
    slower = Verdict("revert", "something got slower", 0.0, 0.0, 1.0, ())
    with bloated.ledger() as ledger:
        kept = verify.conclude(ledger, verifying, slower, bloated.policies.loop)
    assert (kept.state, bloated.now(kept).evidence["decision"]) == ("kept", "keep")
    assert bloated.sql(ALL) == 2


def test_somebody_elses_rest_holds_it_back(bloated: Loop):
    change = approved(bloated)
    bloated.sql("CREATE INDEX jobs_key_ccnew ON jobs (id, user_id)")
    bloated.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jobs_key_ccnew'::regclass")
    refused = rebuild(bloated, change)
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("jobs_key_ccnew is the rest of a rebuild")
    assert bloated.sql(ALL) == 3


def test_a_lock_that_is_held_postpones_it_and_the_rest_is_cleared(bloated: Loop):
    bloated = bloated.with_build(lock_timeout_ms=20_000)
    change = approved(bloated)
    with (
        bloated.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: rebuild(bloated, change)) as end,
    ):
        pid = until(lambda: bloated.sql(REBUILDER))
        bloated.sql("SELECT pg_cancel_backend(:pid)", pid=pid)
        until(lambda: not bloated.sql(REBUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert (result.change.state, bloated.sql(ALL), bloated.invalid()) == ("approved", 2, 0)
    assert isinstance(rebuild(bloated, result.change), Built)


def test_after_a_crash_reconcile_clears_the_rest_and_tries_again(bloated: Loop):
    bloated = bloated.with_build(lock_timeout_ms=20_000)
    change = approved(bloated)
    with (
        bloated.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: rebuild(bloated, change)) as end,
    ):
        pid = until(lambda: bloated.sql(REBUILDER))
        bloated.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        assert isinstance(end(), Interrupted)
        writer.rollback()
    ddl = bloated.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    with ddl:
        after = replace(bloated, sessions=Sessions(ddl, bloated.sessions.watch, bloated.engine.begin))
        (step,) = reconcile.reconcile(after.sessions, TARGET, after.policies)
        assert (step.action, step.change_id, after.now(change).state) == ("finish rebuild", change.id, "approved")
        assert (after.sql(ALL), after.invalid()) == (2, 0)
        assert isinstance(rebuild(after, after.now(change)), Built)


def test_a_worker_that_died_after_the_rebuild_is_finished(bloated: Loop):
    change = approved(bloated)
    bloated.sql("REINDEX INDEX jobs_key")  # the same relation: not taken for a rebuild that ended
    begun = bloated.set_state(change, "building", index_name="jobs_key")
    (step,) = reconcile.reconcile(bloated.sessions, TARGET, bloated.policies)
    assert (step.action, bloated.now(begun).state) == ("finish rebuild", "approved")
    with bloated.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as session:
        session.execute(text("REINDEX INDEX CONCURRENTLY jobs_key"))
    bloated.set_state(change, "building")
    reconcile.reconcile(bloated.sessions, TARGET, bloated.policies)
    assert bloated.now(change).state == "settling"


def test_an_index_that_was_rebuilt_or_dropped_since_fails_with_one_sentence(bloated: Loop):
    change = approved(bloated)
    bloated.sql("DROP INDEX jobs_key")
    result = rebuild(bloated, change)
    assert isinstance(result, Failed)
    assert "is not the one that was found bloated" in result.reason


def test_who_asks_twice_gets_the_same_change(bloated: Loop):
    first = approved(bloated)
    (bloat,) = found(bloated)
    with bloated.engine.connect() as connection, bloated.ledger() as ledger:
        again = reindex.propose(connection, ledger, TARGET, bloat, actor="test", policy=bloated.policies.loop)
    assert again.id == first.id


def test_a_guard_holds_it_back(bloated: Loop):
    change = approved(bloated)
    refused = rebuild(bloated.with_guard(max_table_bytes=1), change)
    assert (refused.guard, bloated.now(change).state) == ("table size", "approved")


def test_two_makers_never_work_on_one_target(bloated: Loop):
    change = approved(bloated)
    with bloated.engine.connect() as other, sole_maker(other, TARGET, "public", "users"):
        assert rebuild(bloated, change) == Refused("other builds", "another session of ours is changing this target")


def test_a_table_that_is_gone_fails_with_one_sentence(bloated: Loop):
    change = approved(bloated)
    bloated.sql("DROP TABLE jobs")
    result = rebuild(bloated, change)
    assert isinstance(result, Failed)
    assert result.reason == "table public.jobs does not exist (any more)"


def test_an_index_dropped_while_its_builder_was_dead_ends_as_failed(bloated: Loop):
    change = bloated.set_state(approved(bloated), "building", index_name="jobs_key")
    bloated.sql("DROP INDEX jobs_key")
    (step,) = reconcile.reconcile(bloated.sessions, TARGET, bloated.policies)
    assert (step.outcome, bloated.now(change).state) == ("jobs_key was dropped by somebody else", "failed")
