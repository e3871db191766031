"""A real replica: that lags, that has lost its primary, and that may use what the primary does not."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, NullPool, create_engine

from celeriac.health.examine import examine
from celeriac.health.known import Known
from celeriac.health.policy import HealthPolicy
from sandbox.postgres import SUPERUSER, PostgresServer
from sandbox.process import ServerProcess, helper_user, own_folder, spawn

from .looking import bad, count_now, plant, skipped, the_fault, until, value

pytestmark = pytest.mark.slow

NAME = "health_standby"
TIGHT = HealthPolicy(replication_lag_bytes=100_000, replication_lag_s=3_600)


@pytest.fixture(scope="module")
def replica(health_server: PostgresServer, server_state: Path) -> Iterator[Engine]:
    assert health_server.programs is not None
    helper = helper_user()
    folder = own_folder(server_state, NAME, helper)
    with (server_state / "health_basebackup.log").open("wb") as log:
        copy = [health_server.programs / "pg_basebackup", "-D", folder / "data", "-R", "-c", "fast", "-X", "stream"]
        source = f"{health_server.dsn()}&application_name={NAME}"
        assert spawn([*copy, "-d", source], helper, log.fileno()).wait(60) == 0
    url = f"postgresql+psycopg2://{SUPERUSER}@/postgres?host={quote(str(folder), safe='/')}&port=5432"
    engine = create_engine(url, poolclass=NullPool)
    flags = ["-k", folder, "-p", "5432", "-h", "", "-c", "shared_preload_libraries=", "-c", "fsync=off"]
    flags += ["-c", "max_prepared_transactions=5", "-c", "archive_mode=off", "-c", "wal_retrieve_retry_interval=100ms"]
    command = [health_server.programs / "postgres", "-D", folder / "data", *flags]
    process = ServerProcess(NAME, command, server_state, helper, answers=lambda: answers(engine))
    process.start()
    yield engine
    engine.dispose()
    process.stop()


def answers(engine: Engine) -> bool:
    try:
        return value(engine, "SELECT pg_is_in_recovery()") is True
    except Exception:  # noqa: BLE001 - it is still starting
        return False


def test_finds_a_replica_whose_replay_stands_still_on_both_sides(server: Engine, replica: Engine) -> None:
    assert until(lambda: not bad(server, "replication_lag", TIGHT))
    assert not bad(replica, "replication_lag", TIGHT)
    plant(replica, "SELECT pg_wal_replay_pause()")
    until(lambda: value(replica, "SELECT pg_is_wal_replay_paused()"))
    plant(server, "CREATE TABLE t AS SELECT i FROM generate_series(1, 20000) AS i")
    (finding,) = until(lambda: bad(server, "replication_lag", TIGHT))
    assert (finding.severity, finding.subject) == ("warning", NAME)
    (own,) = until(lambda: bad(replica, "replication_lag", TIGHT))
    assert own.subject == "this replica"
    impatient = HealthPolicy(replication_lag_s=0, replication_lag_critical_s=0)
    assert the_fault(replica, "replication_lag", impatient).severity == "critical"
    plant(replica, "SELECT pg_wal_replay_resume()")
    assert until(lambda: not bad(server, "replication_lag", TIGHT))


def test_finds_a_replica_that_has_lost_its_primary(replica: Engine) -> None:
    primary = str(value(replica, "SELECT quote_literal(current_setting('primary_conninfo'))"))
    plant(replica, "ALTER SYSTEM SET primary_conninfo = 'host=/nowhere'")
    plant(replica, "SELECT pg_reload_conf()")
    try:
        (finding,) = until(lambda: bad(replica, "replication_lag", TIGHT))
        assert finding.severity == "critical"
        assert "receives nothing from its primary" in finding.sentence
    finally:
        plant(replica, f"ALTER SYSTEM SET primary_conninfo = {primary}")
        plant(replica, "SELECT pg_reload_conf()")


def test_finds_a_replica_that_keeps_vacuum_from_dead_rows(server: Engine, replica: Engine) -> None:
    plant(replica, "ALTER SYSTEM SET hot_standby_feedback = on")
    plant(replica, "ALTER SYSTEM SET wal_receiver_status_interval = '1s'")
    plant(replica, "SELECT pg_reload_conf()")
    held = HealthPolicy(held_transactions=0)
    try:
        (finding,) = until(lambda: bad(server, "held_rows", held))
        assert finding.subject == f"replica {NAME}"
        assert not bad(server, "held_rows")
    finally:
        plant(replica, "ALTER SYSTEM RESET hot_standby_feedback")
        plant(replica, "SELECT pg_reload_conf()")


def test_what_unknown_replicas_use_cannot_be_told_unused(server: Engine, replica: Engine) -> None:
    until(lambda: value(server, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"))
    plant(server, "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 100); CREATE INDEX idle ON t (a)")
    plant(server, "SELECT count(*) FROM t")
    count_now(server)
    policy = HealthPolicy(unused_after_days=0, unused_index_min_bytes=0, unused_min_reads=1)
    assert "1 replicas may use 1 indexes" in skipped(server, "unused_indexes", policy)
    assert bad(server, "unused_indexes", policy, Known(frozenset()))


def test_the_checks_run_on_a_replica_too(replica: Engine) -> None:
    with replica.connect() as connection:
        found = examine(connection, HealthPolicy())
    reasons = {one.check: one.sentence for one in found if one.severity == "skipped"}
    assert not [reason for reason in reasons.values() if "recovery" in reason]
