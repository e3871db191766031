import logging
from dataclasses import replace

from sqlalchemy import text

from celeriac.buffers import snapshot
from celeriac.buffers.outcome import Refused, Unavailable
from celeriac.buffers.warm import unavailable


def test_a_missing_extension_turns_the_feature_off_with_one_line(connection, policy, caplog):
    connection.execute(text("DROP EXTENSION pg_buffercache"))
    with caplog.at_level(logging.WARNING):
        first, second = (snapshot.hot_relations(connection, policy) for _ in range(2))
    assert isinstance(first, Unavailable)
    assert first == second
    assert "CREATE EXTENSION pg_buffercache" in str(first)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_an_extension_outside_the_search_path_is_named(connection):
    connection.execute(text("CREATE SCHEMA tools"))
    connection.execute(text("ALTER EXTENSION pg_prewarm SET SCHEMA tools"))
    lacking = unavailable(connection)
    assert lacking is not None
    assert "schema tools" in lacking.reason


def test_a_role_without_the_privilege_is_told_what_to_grant(connection, policy):
    connection.execute(text("CREATE ROLE celeriac_outsider"))
    connection.execute(text("SET LOCAL ROLE celeriac_outsider"))
    refused = snapshot.hot_relations(connection, policy)
    assert isinstance(refused, Unavailable)
    assert refused.cure == "run GRANT pg_monitor TO celeriac_outsider"


def test_the_view_alone_may_be_denied(connection, policy):
    connection.execute(text("CREATE ROLE celeriac_halfway"))
    connection.execute(text("GRANT EXECUTE ON FUNCTION pg_buffercache_pages() TO celeriac_halfway"))
    connection.execute(text("SET LOCAL ROLE celeriac_halfway"))
    refused = snapshot.hot_relations(connection, policy)
    assert isinstance(refused, Unavailable)
    assert "celeriac_halfway" in refused.reason


def test_a_scan_that_takes_too_long_is_given_up_and_the_transaction_goes_on(connection, policy):
    connection.execute(text("SET LOCAL statement_timeout = '1h'"))
    connection.execute(
        text("CREATE FUNCTION pg_temp.doze() RETURNS bool LANGUAGE sql AS 'SELECT pg_sleep(10) IS NOT NULL'")
    )
    connection.execute(
        text(
            "CREATE OR REPLACE VIEW pg_temp.pg_buffercache AS SELECT * FROM public.pg_buffercache WHERE pg_temp.doze()"
        )
    )
    refused = snapshot.hot_relations(connection, replace(policy, snapshot_timeout_ms=20))
    assert refused == Refused("reading pg_buffercache took longer than 20 ms")
    assert connection.scalar(text("SHOW statement_timeout")) == "1h"
