import logging
import os

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from config import database, refusals
from config.settings import TargetUnknown


def one(connection, statement):
    return connection.execute(text(statement)).scalar_one()


def test_an_unknown_target_is_named_with_the_known_ones(configured):
    with (
        pytest.raises(TargetUnknown, match="'mian' is not configured; known targets: main"),
        database.read_only("mian"),
    ):
        pass


def test_a_reader_cannot_write(configured):
    with pytest.raises(DBAPIError, match="read-only transaction"), database.read_only() as connection:
        connection.execute(text("CREATE TABLE t ()"))


def test_a_reader_is_stopped_at_its_time_limit(configure, configured):
    configure(database__read_timeout="50ms")
    with pytest.raises(DBAPIError, match="statement timeout"), database.read_only() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))


def test_connections_say_who_they_are(configure, configured):
    configure(role="ddl")
    with database.read_only() as connection:
        assert one(connection, "SHOW application_name") == "celeriac:ddl:reader"
    with database.autocommit() as connection:
        assert one(connection, "SHOW application_name") == "celeriac:ddl:builder"


def test_a_replica_is_read_where_there_is_one(configure, configured):
    with database.read_only(replica=True) as connection:
        assert one(connection, "SHOW application_name") == "celeriac:worker:replica"
    replica = make_url(configured.target("main").url.get_secret_value()).set(database="postgres")
    configure(targets__main__replica_urls=f'["{replica.render_as_string(hide_password=False)}"]')
    with database.read_only(replica=True) as connection:
        assert one(connection, "SELECT current_database()") == "postgres"


def test_ddl_waits_for_no_lock_longer_than_its_limit(configured):
    with database.autocommit() as connection:
        assert one(connection, "SHOW lock_timeout") == "2s"
        connection.execute(text("CREATE TABLE t ()"))
    with database.autocommit(lock_timeout_ms=50) as connection, database.ledger() as other:
        other.execute(text("LOCK TABLE t"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            connection.execute(text("DROP TABLE t"))


def test_what_a_builder_sets_and_locks_does_not_outlive_it(configured):
    with database.autocommit() as connection:
        connection.execute(text("SET maintenance_work_mem = '1MB'"))
        connection.execute(text("SELECT pg_advisory_lock(1)"))
        pid = one(connection, "SELECT pg_backend_pid()")
    with database.autocommit() as connection:
        assert one(connection, "SELECT pg_backend_pid()") == pid
        assert one(connection, "SHOW maintenance_work_mem") != "1MB"
        assert (
            one(connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0
        )


def test_the_ledger_keeps_what_succeeds_and_nothing_else(configured):
    with database.ledger() as connection:
        connection.execute(text("CREATE TABLE kept ()"))
    with pytest.raises(DBAPIError), database.ledger() as connection:
        connection.execute(text("CREATE TABLE lost (); SELECT 1 / 0"))
    with database.read_only() as connection:
        assert one(connection, "SELECT to_regclass('kept') IS NOT NULL AND to_regclass('lost') IS NULL")


def test_the_ledger_may_live_elsewhere(configure, configured, postgres_server):
    configure(targets__main__state_url=postgres_server.url("postgres"))
    with database.ledger() as connection:
        assert one(connection, "SELECT current_database()") == "postgres"


def test_statements_of_ours_are_signed_whoever_writes_them(configured):
    with database.ledger() as connection:
        connection.execute(text("SELECT 'com' || 'posed'"))
    with database.read_only() as connection:
        found = one(
            connection,
            "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'SELECT /* celeriac:ledger */ $1 || $2'",
        )
        assert found >= 1


def test_slow_statements_are_logged_without_their_parameters(configure, configured, caplog):
    configure(database__slow_after="10ms", database__very_slow_after="100ms")
    with database.read_only() as connection:
        connection.execute(text("/* celeriac:nap */ SELECT pg_sleep(0.02), :secret"), {"secret": "hush"})
        connection.execute(text("SELECT pg_sleep(0.12), :secret"), {"secret": "hush"})
    # On a busy machine our own preparations are slow statements too.
    slow, very_slow = (record for record in caplog.records if ":limits/" not in record.getMessage())
    assert (slow.levelno, very_slow.levelno) == (logging.WARNING, logging.ERROR)
    assert slow.getMessage().startswith("statement celeriac:nap/")
    assert "hush" not in caplog.text


def test_a_failing_statement_does_not_show_its_parameters(configured):
    with pytest.raises(DBAPIError) as failure, database.read_only() as connection:
        connection.execute(text("SELECT 1 / :zero, :secret"), {"zero": 0, "secret": "hush"})
    assert "hush" not in str(failure.value)


def test_pools_tell_how_busy_they_are(configured):
    with database.read_only(), database.read_only():
        (status,) = database.pool_status()
        assert (status.target, status.purpose, status.size, status.checked_out) == ("main", "reader", 20, 2)


def test_a_forked_child_never_uses_its_parents_connection(configured):
    with database.read_only() as connection:
        pid = one(connection, "SELECT pg_backend_pid()")
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        database.dispose()
        with database.read_only() as connection:
            os.write(writer, str(one(connection, "SELECT pg_backend_pid()")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reader, 20)) != pid
    with database.read_only() as connection:
        assert one(connection, "SELECT pg_backend_pid()") == pid


def test_a_server_that_is_away_is_one_sentence(configure, redis_url):
    configure(targets__main__url="postgresql://nobody:hush@127.0.0.1:1/db")
    with pytest.raises(refusals.TargetAway, match="'main' cannot be reached") as failure, database.read_only():
        pass
    assert "hush" not in str(failure.value)


def test_a_wrong_database_is_refused_not_retried(configure, configured):
    wrong = make_url(configured.target("main").url.get_secret_value()).set(database="nowhere")
    configure(targets__main__url=wrong.render_as_string(hide_password=False))
    with pytest.raises(refusals.TargetRefused, match='database "nowhere" does not exist'), database.read_only():
        pass


def test_a_role_that_may_not_is_told_what(configured):
    with database.ledger() as connection:
        connection.execute(text("CREATE TABLE closed ()"))
    forbidden = text("SET LOCAL ROLE pg_monitor; SELECT * FROM closed")
    with pytest.raises(refusals.PrivilegeMissing, match="closed"), database.read_only() as connection:
        connection.execute(forbidden)


def test_a_read_only_server_is_told_apart(configured):
    written = text("SET TRANSACTION READ ONLY; CREATE TABLE t ()")
    with pytest.raises(refusals.TargetIsStandby), database.ledger() as connection:
        connection.execute(written)


def test_a_missing_ledger_says_how_to_make_it(configure, database_url, redis_url):
    configure(targets__main__url=database_url)
    with pytest.raises(refusals.LedgerMissing, match="celeriac migrate"), database.ledger() as connection:
        connection.execute(text("SELECT * FROM celeriac.change"))


def test_a_missing_extension_says_where_help_is(configured):
    with database.autocommit() as connection:
        connection.execute(text("DROP EXTENSION pg_stat_statements"))
    with pytest.raises(refusals.ExtensionMissing, match="celeriac doctor"), database.read_only() as connection:
        connection.execute(text("SELECT * FROM pg_stat_statements"))


def test_a_mistake_in_our_sql_stays_what_it_is(configured):
    with pytest.raises(ProgrammingError), database.read_only() as connection:
        connection.execute(text("SELEC 1"))


def test_every_replica_is_asked_at_once(configure, configured):
    with database.replicas() as none:
        assert none == ()
    url = make_url(configured.target("main").url.get_secret_value()).render_as_string(hide_password=False)
    configure(targets__main__replica_urls=f'["{url}", "{url}"]')
    with database.replicas() as both:
        assert len({one(connection, "SELECT pg_backend_pid()") for connection in both}) == 2
        assert {one(connection, "SHOW transaction_read_only") for connection in both} == {"on"}
