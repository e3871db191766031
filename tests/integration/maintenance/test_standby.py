"""A real standby: one that lags holds a vacuum back, and nothing is maintained on a standby itself."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from celeriac.maintenance import decide, guards
from celeriac.maintenance.runs import Run
from celeriac.supervision.outcome import Clear, Outcome, Refused
from celeriac.supervision.sessions import Sessions
from sandbox.postgres import SUPERUSER, PostgresServer
from sandbox.process import ServerProcess, helper_user, own_folder, spawn

from .words import Care, until

NAME = "maintained_standby"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standby(postgres_server: PostgresServer, server_state: Path, care_database: Engine) -> Iterator[Engine]:
    if postgres_server.programs is None or postgres_server.process is None:
        pytest.skip("the server is not ours: no standby is made of it")
    helper = helper_user()
    folder = own_folder(server_state, NAME, helper)
    source = f"{postgres_server.dsn()}&application_name={NAME}"
    with (server_state / f"{NAME}.log").open("wb") as log:
        copy = [postgres_server.programs / "pg_basebackup", "-D", folder / "data", "-R", "-c", "fast", "-X", "stream"]
        assert spawn([*copy, "-d", source], helper, log.fileno()).wait(60) == 0
    there = quote(str(folder), safe="/")
    url = f"postgresql+psycopg2://{SUPERUSER}@/{care_database.url.database}?host={there}&port=5432"
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    flags = ["-k", folder, "-p", "5432", "-h", "", "-c", "shared_preload_libraries=", "-c", "fsync=off"]
    command = [postgres_server.programs / "postgres", "-D", folder / "data", *flags]
    process = ServerProcess(NAME, command, server_state, helper, answers=lambda: answers(engine))
    process.start()
    yield engine
    engine.dispose()
    process.stop()


def answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT pg_is_in_recovery()")) is True
    except Exception:  # noqa: BLE001 - it is still starting
        return False


def ask(care: Care, run: Run) -> Outcome:
    with care.ledger() as ledger:
        return decide.may_begin(guards.case(care.sessions.watch, ledger, run, care.told))


def test_a_lagging_replica_holds_a_vacuum_back(care: Care, standby: Engine):
    care.dirty()
    run = care.approved("vacuum")
    hasty = care.with_limits(max_replication_lag_bytes=100_000)
    until(lambda: ask(hasty, run) == Clear())
    with standby.connect() as replica:
        replica.execute(text("SELECT pg_wal_replay_pause()"))
        care.sql("CREATE TABLE noise AS SELECT repeat('x', 500) FROM generate_series(1, 5000)")
        refused = until(lambda: isinstance(outcome := ask(hasty, run), Refused) and outcome)
        replica.execute(text("SELECT pg_wal_replay_resume()"))
    assert (refused.guard, f"replica {NAME}" in refused.reason) == ("lag", True)
    until(lambda: ask(hasty, run) == Clear())


def test_nothing_is_maintained_on_a_standby(care: Care, standby: Engine):
    run = care.approved("analyze")
    until(lambda: ask(care, run) == Clear())
    with standby.connect() as watch:
        there = replace(care, sessions=Sessions(watch, watch, care.engine.begin))
        refused = ask(there, run)
    assert isinstance(refused, Refused)
    assert refused.guard == "primary"
