"""Kill -9 of the DDL worker in the middle of a build: nothing invalid stays, and the ledger ends in a right state."""

import os
import signal

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.indexes import ddl, propose
from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.indexes.policy import LoopPolicy
from celeriac.statements.catalog import read_catalog
from tests.acceptance.conftest import eventually, stop

pytestmark = pytest.mark.slow

WANTED = IndexDefinition("public", "jobs", (KeyPart("status"),))
MODES = {
    "CELERIAC_TARGETS__MAIN__MODE": "approve",
    "CELERIAC_SCHEDULE__EVERY": '{"indexes_reconcile": "1s"}',
    "CELERIAC_BUILDS__RETRY_AFTER": "1s",
}


@pytest.fixture(scope="module")
def target(system):
    engine = create_engine(system.environment["CELERIAC_TARGETS__MAIN__URL"], poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE jobs AS SELECT n AS id, n % 7 AS status FROM generate_series(1, 50000) n")
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE jobs"))
    yield engine
    engine.dispose()


def approved(engine) -> int:
    with engine.connect() as connection:
        table = read_catalog(connection).find("public", "jobs")
    recommendation = Recommendation(WANTED, ddl.create(WANTED), 1_000_000, 0.5, 1_000.0, 0.0, (), "the test wants it")
    policy = LoopPolicy(mode="approve")
    with engine.begin() as ledger:
        change = propose.propose(
            ledger, "main", recommendation, table=table, origin="person", actor="test", policy=policy
        )
        propose.approve(ledger, change, actor="test", policy=policy)
    return change.id


def ask(engine, statement: str):
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


@pytest.mark.parametrize("backend_dies_too", [False, True], ids=["the worker alone", "with its backend"])
def test_a_killed_build_is_finished_or_undone(system, caller, target, backend_dies_too):
    name = f"ddl{int(backend_dies_too)}"
    ddl_worker = ("worker", "-Q", "celeriac.ddl", "-c", "1", "-n", f"{name}@test")
    old = target.connect()
    old.execution_options(isolation_level="REPEATABLE READ").execute(text("SELECT count(*) FROM jobs"))
    change_id = approved(target)
    builder = system.start(name, *ddl_worker, **MODES)
    try:
        caller.send_task("celeriac.indexes.build", kwargs={"change_id": change_id}, queue="celeriac.ddl")
        pid = eventually(
            lambda: ask(target, "SELECT pid FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for%'")
        )
        os.killpg(builder.pid, signal.SIGKILL)
        builder.wait()
        if backend_dies_too:
            assert ask(target, f"SELECT pg_terminate_backend({pid})")
            eventually(lambda: ask(target, f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == 0)
            assert ask(target, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 1
        assert ask(target, f"SELECT state FROM celeriac.change WHERE id = {change_id}") == "building"
    finally:
        stop(builder)
        old.close()
    with (
        system.worker(f"general{int(backend_dies_too)}", **MODES),
        system.running(f"again{int(backend_dies_too)}", *ddl_worker, **MODES),
        system.running("beat", "beat", **MODES),
    ):
        state = f"SELECT state FROM celeriac.change WHERE id = {change_id} AND state IN ('settling', 'verifying')"
        assert eventually(lambda: ask(target, state))
        assert ask(target, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
        assert ask(target, "SELECT count(*) FROM pg_indexes WHERE tablename = 'jobs'") == 1
    with target.begin() as connection:
        index = connection.execute(text(f"SELECT index_name FROM celeriac.change WHERE id = {change_id}")).scalar()
        connection.execute(text(f'DROP INDEX "{index}"'))
        connection.execute(text(f"UPDATE celeriac.change SET state = 'lost' WHERE id = {change_id}"))
