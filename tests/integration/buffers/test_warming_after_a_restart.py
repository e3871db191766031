from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from celeriac.buffers import snapshot
from celeriac.buffers.first_query import first_query
from celeriac.buffers.hot import Snapshot
from celeriac.buffers.outcome import Refused, WarmReport
from celeriac.buffers.plan import Present
from celeriac.buffers.probe import ask
from celeriac.buffers.warm import warm
from celeriac.ledger.models.caching import WarmRun

HOT = "SELECT count(body) FROM shop.jobs WHERE id BETWEEN 4000 AND 4200"


def read_often(target):
    with target.connect() as connection:
        for _ in range(8):
            connection.execute(text(HOT))


def take(target, ledger, policy):
    with target.connect() as connection:
        return snapshot.take(connection, ledger, "main", policy)


def warm_up(target, ledger, policy, **options):
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return warm(connection, ledger, "main", policy, **options)


def ask_first(target):
    with target.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        return first_query(connection, HOT)


@pytest.fixture
def remembered(target, ledger, policy):
    """The hot blocks of a busy server, in the ledger."""
    read_often(target)
    taken = take(target, ledger, policy)
    assert isinstance(taken, Snapshot)
    return taken


def test_a_server_that_just_started_is_not_remembered(target, ledger, policy):
    refused = take(target, ledger, replace(policy, min_uptime=timedelta(days=1)))
    assert isinstance(refused, Refused)
    assert "started" in refused.reason


def test_nothing_is_due_without_a_restart(remembered, target, ledger, policy):
    assert warm_up(target, ledger, policy) == Refused("there is no snapshot from before the server's last start")


def test_without_any_snapshot_nothing_is_due(target, ledger, policy):
    assert warm_up(target, ledger, policy, force=True) == Refused("there is no snapshot")


def test_a_snapshot_names_the_hot_blocks_indexes_first(target, restartable, ledger, policy):
    restartable.restart()  # loading has touched every block
    read_often(target)
    remembered = take(target, ledger, policy)
    assert [relation.name for relation in remembered.relations] == ["jobs_pkey", "jobs"]
    jobs = remembered.relations[1]
    assert 10 <= jobs.blocks <= 30  # 201 of 5,000 rows, 15 to a block


def test_after_a_restart_the_first_query_reads_nothing(remembered, restartable, target, ledger, policy):
    restartable.restart()
    cold = ask_first(target)
    restartable.restart()
    seen = []
    report = warm_up(target, ledger, policy, progress=lambda *step: seen.append(step))
    warmed = ask_first(target)

    assert cold.read_blocks > 10
    assert isinstance(report, WarmReport)
    assert (report.skipped, report.stopped) == ((), None)
    assert report.bytes == report.blocks * 8192
    assert seen[-1][0] == seen[-1][1] == report.blocks
    assert user_blocks_read(target) == 0
    assert warmed.read_blocks < cold.read_blocks - 10  # what is left are the system catalogs
    run = ledger.execute(select(WarmRun.__table__)).one()
    assert (run.kind, run.warmed, run.detail["snapshot_id"]) == ("buffers", report.blocks, remembered.id)


def test_what_a_reader_waits_for_is_recorded_before_and_after(remembered, restartable, target, ledger, policy):
    restartable.restart(cold=True)
    report = warm_up(target, ledger, policy)
    first = report.first_queries
    assert first.relation == "shop.jobs"
    assert first.before.read_blocks >= first.blocks > 2
    assert first.after.read_blocks == 0
    assert first.before.ms > 0
    kept = ledger.execute(select(WarmRun.detail)).scalar_one()["first_queries"]
    assert kept["after"]["read_blocks"] == 0


def test_without_the_right_to_read_nothing_is_asked(remembered, restartable, target, ledger, policy):
    with target.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS bystander"))
        connection.execute(text("CREATE ROLE bystander"))
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET ROLE bystander"))
        assert warm(connection, ledger, "main", policy, force=True).first_queries is None


def test_names_are_quoted_where_blocks_are_asked_for(target):
    with target.begin() as connection:
        connection.execute(text('CREATE TABLE shop."odd; name" AS SELECT 1 AS id'))
    odd = Present(0, "shop", "odd; name", "r", 0, 1)
    with target.connect() as connection:
        assert ask(connection, odd, (0,)).hit_blocks >= 1


def test_a_restart_is_warmed_once(remembered, restartable, target, ledger, policy):
    restartable.restart()
    assert isinstance(warm_up(target, ledger, policy), WarmReport)
    assert warm_up(target, ledger, policy) == Refused("the buffers were warmed since the server started")
    assert isinstance(warm_up(target, ledger, policy, force=True), WarmReport)


def test_the_snapshot_from_before_the_restart_counts_not_the_cold_one(remembered, restartable, target, ledger, policy):
    restartable.restart()
    take(target, ledger, replace(policy, min_usage_count=1))
    warm_up(target, ledger, policy)
    assert ledger.execute(select(WarmRun.detail)).scalar_one()["snapshot_id"] == remembered.id


def test_a_rewritten_table_is_left_alone(remembered, target, ledger, policy):
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL shop.jobs"))
    report = warm_up(target, ledger, policy, force=True)
    assert [(skipped.name, "rewritten" in skipped.reason) for skipped in report.skipped] == [
        ("jobs_pkey", True),
        ("jobs", True),
    ]
    assert report.blocks == 0


def test_the_time_limit_stops_warming_and_says_what_is_missing(remembered, target, ledger, policy):
    report = warm_up(target, ledger, replace(policy, time_limit_s=-1), force=True)
    assert report.blocks == 0
    assert "time limit" in report.stopped


def test_a_table_that_the_role_may_not_read_is_skipped(remembered, target, ledger, policy):
    with target.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS reader"))
        connection.execute(text("CREATE ROLE reader"))
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET ROLE reader"))
        report = warm(connection, ledger, "main", policy, force=True)
    assert "permission denied for" in report.skipped[-1].reason


def test_only_the_newest_snapshots_are_kept(remembered, target, ledger, policy):
    newest = take(target, ledger, policy)
    assert snapshot.prune(ledger, "main", replace(policy, keep_snapshots=1)) == 1
    assert snapshot.latest(ledger, "main", policy).id == newest.id


def test_an_old_snapshot_is_not_trusted(remembered, ledger, policy):
    assert snapshot.latest(ledger, "main", replace(policy, max_snapshot_age=timedelta(0))) is None


def user_blocks_read(target):
    """Read the hot rows once more and count what was not in shared buffers, catalogs left out."""
    with target.connect() as connection:
        connection.execute(text("SELECT count(*) FROM pg_class"))
        (plan,) = connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {HOT}")).scalar_one()
    return plan["Plan"]["Shared Read Blocks"]
