"""A real standby: a lagging one holds builds back, and one as target is told apart from a primary."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from celeriac.indexes import catalog_state, drop, guards, prune
from celeriac.indexes.build import Failed
from celeriac.indexes.guards.context import Context
from celeriac.indexes.policy import PrunePolicy
from celeriac.supervision.outcome import Clear, Refused
from celeriac.supervision.sessions import Sessions
from sandbox.postgres import SUPERUSER, PostgresServer
from sandbox.process import ServerProcess, helper_user, own_folder, spawn

from .drop import words
from .loop import TARGET, Loop, until
from .test_prune import AGE, SHIFT

NAME = "celeriac_standby"
BUSY_ENOUGH = PrunePolicy(min_reads_per_day=0.0, min_writes_per_day=0.0)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standby(postgres_server: PostgresServer, server_state: Path, loop_database: Engine) -> Iterator[Engine]:
    if postgres_server.programs is None or postgres_server.process is None:
        pytest.skip("the server is not ours: no standby is made of it")
    helper = helper_user()
    folder = own_folder(server_state, "standby", helper)
    with (server_state / "basebackup.log").open("wb") as log:
        copy = [postgres_server.programs / "pg_basebackup", "-D", folder / "data", "-R", "-c", "fast", "-X", "stream"]
        source = f"{postgres_server.dsn()}&application_name={NAME}"
        assert spawn([*copy, "-d", source], helper, log.fileno()).wait(60) == 0
    url = (
        f"postgresql+psycopg2://{SUPERUSER}@/{loop_database.url.database}?host={quote(str(folder), safe='/')}&port=5432"
    )
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    flags = ["-k", folder, "-p", "5432", "-h", "", "-c", "shared_preload_libraries=", "-c", "fsync=off"]
    command = [postgres_server.programs / "postgres", "-D", folder / "data", *flags]
    process = ServerProcess("standby", command, server_state, helper, answers=lambda: answers(engine))
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


def test_a_standby_as_target_fails_with_one_sentence_and_nothing_is_left(loop: Loop, standby: Engine):
    until(lambda: has_jobs(standby))
    change = loop.approved()
    with standby.connect() as ddl, standby.connect() as watch:
        lost = replace(loop, sessions=Sessions(ddl, watch, loop.engine.begin))
        result = lost.build(change)
    assert isinstance(result, Failed)
    assert result.reason == "the target is a read-only standby: point Celeriac at the primary"
    assert (loop.now(change).state, loop.indexes()) == ("failed", [])


def test_nothing_is_dropped_through_a_standby(loop: Loop, standby: Engine):
    change = words.unused(loop)
    until(lambda: has_jobs(standby, "jobs_user"))
    words.captured(loop)
    words.captured(loop)
    with standby.connect() as ddl, standby.connect() as watch:
        lost = replace(loop, sessions=Sessions(ddl, watch, loop.engine.begin))
        result = drop.drop(lost.sessions, change, loop.policies, capture=lambda: None)
    assert isinstance(result, Failed)
    assert result.reason == "the target is a read-only standby: point Celeriac at the primary"
    assert (loop.now(change).state, words.there(loop)) == ("failed", True)


def test_a_replica_whose_replay_stands_still_holds_builds_back(loop: Loop, standby: Engine):
    change = loop.approved()
    tight = loop.with_guard(max_replication_lag_bytes=100_000)
    with standby.connect() as replica:
        until(lambda: ask(tight, change) == Clear())
        replica.execute(text("SELECT pg_wal_replay_pause()"))
        loop.sql("UPDATE jobs SET note = 'x' WHERE id < 5000")
        refused = until(lambda: isinstance(outcome := ask(tight, change), Refused) and outcome)
        replica.execute(text("SELECT pg_wal_replay_resume()"))
    assert refused.guard == "replication lag"
    assert refused.reason.startswith(f"replica {NAME} ")
    until(lambda: ask(tight, change) == Clear())


def test_use_on_a_replica_can_be_read_there(loop: Loop, standby: Engine):
    change = loop.built()
    with standby.connect() as replica:
        seen = until(
            lambda: (index := catalog_state.observe(replica, "public", change.index_name)) and index.valid and index
        )
    assert seen.definition_hash == change.definition_hash


def test_an_index_that_serves_the_replica_alone_is_used(loop: Loop, standby: Engine):
    loop.sql("CREATE INDEX jobs_user ON jobs (user_id)")
    until(lambda: has_jobs(standby, "jobs_user"))
    watch(loop, standby)
    with loop.ledger() as ledger:
        ledger.execute(SHIFT)
        ledger.execute(AGE)
    assert found(loop, standby) == {"jobs_user"}
    with standby.connect() as replica:
        replica.execute(text("SET enable_seqscan = off"))
        replica.execute(text("SELECT count(*) FROM jobs WHERE user_id = 7")).all()
    assert found(loop, standby) == set()


def ask(loop: Loop, change) -> Clear | Refused:
    with loop.ledger() as ledger:
        return guards.before_build(
            Context(loop.sessions.watch, ledger, change, loop.policies.guard, "auto", loop.policies.verify)
        )


def has_jobs(standby: Engine, name: str = "jobs") -> bool:
    with standby.connect() as connection:
        return connection.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name}) is True


def watch(loop: Loop, standby: Engine) -> tuple[prune.Found, ...]:
    with loop.engine.connect() as primary, standby.connect() as replica, loop.ledger() as ledger:
        return prune.observe(ledger, TARGET, primary, {"replica 1": replica}, BUSY_ENOUGH)


def found(loop: Loop, standby: Engine) -> set[str]:
    indexes = watch(loop, standby)
    with loop.ledger() as ledger:
        findings = prune.examine(ledger, TARGET, indexes, ("replica 1",), BUSY_ENOUGH)
    return {one.index.name for one in findings.prunable if one.why == "unused"}
