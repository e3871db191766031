"""What goes on at the moment: deadlocks, prepared transactions, old snapshots, who is connected as what."""

from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.health.policy import HealthPolicy

from .looking import bad, count_now, plant, the_fault, until


def test_finds_transactions_that_lock_each_other_out(server: Engine) -> None:
    plant(server, "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1), (2)")
    deadlock(server)
    count_now(server)
    finding = until(lambda: bad(server, "deadlocks"))[0]
    assert finding.evidence["deadlocks"] == 1
    assert not bad(server, "deadlocks", HealthPolicy(deadlocks_per_day=2))


def test_finds_a_prepared_transaction_that_nobody_decides(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int)")
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in ("BEGIN", "LOCK TABLE t", "PREPARE TRANSACTION 'it''s left'"):
            connection.exec_driver_sql(statement)
    assert not bad(server, "prepared_transactions")
    finding = the_fault(server, "prepared_transactions", HealthPolicy(prepared_transaction_s=0))
    assert (finding.severity, finding.subject) == ("critical", "'it''s left'")
    plant(server, finding.cure or "")
    assert not bad(server, "prepared_transactions", HealthPolicy(prepared_transaction_s=0))


def test_finds_a_snapshot_that_keeps_vacuum_from_dead_rows(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int)")
    with server.connect().execution_options(isolation_level="REPEATABLE READ") as old:
        pid = old.scalar(text("SELECT pg_backend_pid() FROM pg_class LIMIT 1"))
        plant(server, "INSERT INTO t VALUES (1)")
        finding = the_fault(server, "held_rows", HealthPolicy(held_rows_s=0))
        assert not bad(server, "held_rows")
    assert finding.subject == f"pid {pid}"
    assert finding.evidence["transactions"] >= 1
    assert not bad(server, "held_rows", HealthPolicy(held_rows_s=0))


def test_finds_a_slot_that_keeps_vacuum_from_dead_rows(server: Engine) -> None:
    plant(server, "SELECT pg_create_logical_replication_slot('held', 'pgoutput')")
    try:
        plant(server, "CREATE TABLE t (a int)")
        finding = the_fault(server, "held_rows", HealthPolicy(held_transactions=1))
        assert finding.subject == "slot 'held'"
        assert not bad(server, "held_rows")
    finally:
        plant(server, "SELECT pg_drop_replication_slot('held')")
    assert not bad(server, "held_rows", HealthPolicy(held_transactions=1))


@pytest.mark.parametrize(("application", "found"), [("shop", 1), ("celeriac:worker:reader", 0), ("psql", 0)])
def test_finds_applications_that_work_as_superuser(server: Engine, application: str, found: int) -> None:
    named = create_engine(server.url, poolclass=NullPool, connect_args={"application_name": application})
    with named.connect() as connection:
        connection.scalar(text("SELECT 1"))
        subjects = [one.subject for one in bad(server, "superuser_sessions")]
    named.dispose()
    assert subjects == [f"postgres ({application})"] * found


def deadlock(server: Engine) -> None:
    def take(connection: Connection, row: int) -> None:
        connection.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        connection.execute(text("UPDATE t SET a = 0 WHERE id = :row"), {"row": row})

    with server.connect() as one, server.connect() as other:
        take(one, 1)
        take(other, 2)
        thread = Thread(target=quietly, args=(take, one, 2))
        thread.start()
        quietly(take, other, 1)
        thread.join(10)


def quietly(take, connection: Connection, row: int) -> None:
    """One of the two is the victim."""
    try:
        take(connection, row)
    except DBAPIError:
        connection.rollback()
