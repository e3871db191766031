import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.health.checks import CHECKS, Check, connections
from celeriac.health.examine import examine
from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy

BY_NAME = {check.name: check for check in CHECKS}
AT_ONCE = HealthPolicy(idle_in_transaction_s=0, long_query_s=0, blocked_s=0)


@pytest.fixture
def server(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def look(server: Engine, check: str, policy: HealthPolicy = AT_ONCE) -> tuple[Finding, ...]:
    with server.connect() as connection:
        return examine(connection, policy, [BY_NAME[check]])


def bad(server: Engine, check: str, policy: HealthPolicy = AT_ONCE) -> tuple[Finding, ...]:
    return tuple(finding for finding in look(server, check, policy) if finding.severity in ("warning", "critical"))


def until(found: Callable[[], tuple[Finding, ...]]) -> tuple[Finding, ...]:
    ends = time.monotonic() + 10
    while not (findings := found()) and time.monotonic() < ends:
        time.sleep(0.05)
    return findings


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_healthy_server_is_left_alone(server: Engine, check: Check) -> None:
    plant(
        server,
        "CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, city text);"
        "CREATE TABLE sale (id int PRIMARY KEY, customer int REFERENCES customer);"
        "CREATE INDEX ON sale (customer, id); CREATE INDEX ON customer (city);"
        "INSERT INTO customer (city) VALUES ('Turin')",
    )
    (finding,) = look(server, check.name, HealthPolicy())
    assert (finding.severity, finding.sentence) == ("ok", check.well)


PLANTED = {
    "sequences": ("CREATE TABLE t (id smallserial); SELECT setval('t_id_seq', 31000)", "public.t_id_seq"),
    "autovacuum_off": ("CREATE TABLE t (a int) WITH (autovacuum_enabled = off)", "public.t"),
    "invalid_constraints": (
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID",
        "public.t.positive",
    ),
    "duplicate_indexes": (
        "CREATE TABLE t (a int, b int); CREATE INDEX wide ON t (a, b); CREATE INDEX narrow ON t (a)",
        "public.narrow",
    ),
    "unindexed_foreign_keys": (
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (p int CONSTRAINT to_p REFERENCES p)",
        "public.t.to_p",
    ),
}


@pytest.mark.parametrize("check", PLANTED)
def test_finds_what_was_planted_and_its_cure_mends_it(server: Engine, check: str) -> None:
    fault, subject = PLANTED[check]
    plant(server, fault)
    (finding,) = bad(server, check)
    assert finding.subject == subject
    assert finding.cure is not None
    if not finding.cure.startswith("--"):
        plant(server, finding.cure)
        assert not bad(server, check)


def test_finds_an_index_that_a_failed_build_left(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
    with pytest.raises(Exception, match="could not create unique index"):
        plant(server, "CREATE UNIQUE INDEX CONCURRENTLY half ON t (a)")
    (finding,) = bad(server, "invalid_indexes")
    assert finding.subject == "public.half"
    plant(server, "DROP INDEX CONCURRENTLY public.half")
    assert not bad(server, "invalid_indexes")


def test_finds_connections_near_the_limit(server: Engine) -> None:
    with server.connect() as one, server.connect() as two:
        one.scalar(text("SELECT 1"))
        two.scalar(text("SELECT 1"))
        (finding,) = bad(server, "connections", HealthPolicy(connections_warning_ratio=0.001))
    assert finding.evidence["used"] >= 3


def test_finds_a_transaction_left_open(server: Engine) -> None:
    with server.connect() as left:
        pid = left.scalar(text("SELECT pg_backend_pid()"))
        found = bad(server, "idle_in_transaction")
    assert f"pid {pid}" in {finding.subject for finding in found}


def test_finds_a_long_statement_and_who_blocks_it(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int)")
    with server.connect() as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))
        holder.execute(text("LOCK TABLE t"))
        with waiting(server):
            found = until(lambda: mine(bad(server, "blocked_sessions"), f"pid {pid}"))
            running = bad(server, "long_queries")
            holder.rollback()
    assert [finding.evidence["blocked"] for finding in found] == [1]
    assert any("waits here" in finding.sentence for finding in running)


def test_says_what_it_could_not_look_at(server: Engine) -> None:
    with server.connect() as connection:
        connection.execute(text("CREATE ROLE health_blind"))
        connection.execute(text("SET LOCAL ROLE health_blind"))
        found = examine(connection, HealthPolicy())
    skipped = {finding.check for finding in found if finding.severity == "skipped"}
    assert skipped == {check.name for check in CHECKS if check.sees_others}


def test_a_check_whose_query_fails_does_not_stop_the_next(server: Engine) -> None:
    with server.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE pg_stat_database (numbackends text)"))
        connection.execute(text("SET LOCAL search_path = pg_temp, pg_catalog"))
        found = examine(connection, HealthPolicy(), [BY_NAME["connections"], BY_NAME["sequences"]])
    assert [finding.severity for finding in found] == ["skipped", "ok"]


def test_a_check_whose_judgement_fails_does_not_stop_the_next(server: Engine) -> None:
    def fail(_rows: object, _policy: HealthPolicy) -> tuple[Finding, ...]:
        raise ZeroDivisionError

    broken = Check("connections", connections.Row, fail, "")
    with server.connect() as connection:
        found = examine(connection, HealthPolicy(), [broken, BY_NAME["sequences"]])
    assert [(finding.severity, finding.sentence) for finding in found[:1]] == [
        ("skipped", "Not looked at: ZeroDivisionError.")
    ]
    assert found[1].severity == "ok"


def plant(server: Engine, statements: str) -> None:
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statements))


def mine(found: tuple[Finding, ...], subject: str) -> tuple[Finding, ...]:
    return tuple(finding for finding in found if finding.subject == subject)


@contextmanager
def waiting(server: Engine) -> Iterator[None]:
    def wait(connection: Connection) -> None:
        connection.execute(text("SELECT 'waits here' FROM t"))

    with server.connect() as connection:
        thread = Thread(target=wait, args=(connection,))
        thread.start()
        yield
        thread.join(10)
