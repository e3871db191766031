"""Each check leaves a healthy server alone, says what it could not look at, and stops no other."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.health.checks import CHECKS, Check, connections
from celeriac.health.examine import examine
from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.policy import GIB, HealthPolicy
from sandbox.databases import database
from sandbox.postgres import PostgresServer

from .looking import BY_NAME, bad, look, plant, until, version, waiting

SHOP = """
    CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, city text);
    CREATE TABLE sale (id int PRIMARY KEY, customer int REFERENCES customer);
    CREATE INDEX ON sale (customer, id);
    CREATE INDEX ON customer (city);
    INSERT INTO customer (city) VALUES ('Turin');
    CREATE TABLE visit (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE visit_all PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2120-01-01');
    ALTER DATABASE healthy SET random_page_cost = 1.1;
    ALTER DATABASE healthy SET effective_io_concurrency = 200;
    -- What PostgreSQL 13 (md5) and 14 (everyone may create in schema public) begin with is no longer well.
    ALTER DATABASE healthy SET password_encryption = 'scram-sha-256';
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
"""
HEALTHY = HealthPolicy(server_memory_bytes=64 * GIB)


NOT_HERE = {"durability"}
"""The tests' server is not durable: what is well there is told by the test of that check."""


@pytest.mark.parametrize("check", [one for one in CHECKS if one.name not in NOT_HERE], ids=lambda check: check.name)
def test_a_healthy_server_is_left_alone(healthy: Engine, check: Check) -> None:
    forget_what_others_planted(healthy)
    (finding,) = look(healthy, check.name, HEALTHY)
    if check.name in uncounted(healthy):
        assert (finding.severity, finding.sentence) == ("skipped", uncounted(healthy)[check.name])
    else:
        assert (finding.severity, finding.sentence) == ("ok", check.well)


def uncounted(server: Engine) -> dict[str, str]:
    """Name the checks whose counters this server does not keep, with what they say instead."""
    if version(server) >= 15:
        return {}
    return {"jit": "Not looked at: pg_stat_statements counts it from version 1.10 on."}


@pytest.fixture(scope="module")
def healthy(health_server: PostgresServer, health_template: str) -> Iterator[Engine]:
    with database(health_server, "healthy", template=health_template) as url:
        engine = create_engine(url, poolclass=NullPool)
        plant(engine, SHOP)
        yield engine
        engine.dispose()


def test_our_own_ledger_is_healthy(ledger_url: str) -> None:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.connect() as connection:
        found = examine(connection, HEALTHY)
    engine.dispose()
    assert [one for one in found if "celeriac." in one.subject] == []


PLANTED = {
    "sequences": ("CREATE TABLE t (id smallserial); SELECT setval('t_id_seq', 31000)", "public.t_id_seq"),
    "autovacuum_off": ("CREATE TABLE t (a int) WITH (autovacuum_enabled = off)", "public.t"),
    "invalid_constraints": (
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID",
        "public.t.positive",
    ),
    "duplicate_indexes": (
        "CREATE TABLE t (a int PRIMARY KEY); CREATE UNIQUE INDEX twin ON t (a)",
        "public.twin",
    ),
    "redundant_indexes": (
        "CREATE TABLE t (a int, b int); CREATE INDEX wide ON t (a, b); CREATE INDEX narrow ON t (a)",
        "public.narrow",
    ),
    "missing_primary_keys": ("CREATE TABLE t (a int)", "public.t"),
    "foreign_key_types": (
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (p int REFERENCES p)",
        "public.t.p",
    ),
    "public_schema": ("GRANT CREATE ON SCHEMA public TO PUBLIC", "public"),
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
        with waiting(server, "SELECT 'waits here' FROM t"):
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
    assert skipped >= {check.name for check in CHECKS if check.sees_others}
    assert skipped >= {
        "open_authentication",
        "passwords_in_statements",
        "evicted_statements",
        "memory_promised",
        "wal_kept",
    }
    assert all(finding.sentence.startswith("Not looked at: ") for finding in found if finding.check in skipped)


def test_with_pg_monitor_nearly_everything_is_looked_at(server: Engine) -> None:
    with server.connect() as connection:
        connection.execute(text("CREATE ROLE health_monitor IN ROLE pg_monitor"))
        connection.execute(text("SET LOCAL ROLE health_monitor"))
        found = examine(connection, HEALTHY)
    skipped = {finding.check for finding in found if finding.severity == "skipped"}
    hardly_read = {"random_page_cost", "effective_io_concurrency"}
    assert skipped - hardly_read == {"open_authentication"} | set(uncounted(server))


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


def test_a_lost_connection_says_nothing_of_health_and_is_raised(server: Engine) -> None:
    def lose(connection: Connection, _policy: HealthPolicy, _known: Known) -> tuple[object, ...]:
        return tuple(connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")))

    cut = Check("connections", connections.Row, connections.judge, "", read=lose)
    with server.connect() as connection, pytest.raises(DBAPIError):
        examine(connection, HealthPolicy(), [cut, BY_NAME["sequences"]])


def forget_what_others_planted(server: Engine) -> None:
    recent = version(server) >= 17
    plant(server, f"SELECT pg_stat_reset_shared('{'checkpointer' if recent else 'bgwriter'}')")
    plant(server, "SELECT pg_stat_statements_reset()")


def mine(found: tuple[Finding, ...], subject: str) -> tuple[Finding, ...]:
    return tuple(finding for finding in found if finding.subject == subject)
