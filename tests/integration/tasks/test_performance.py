import json

import pytest
from sqlalchemy import NullPool, create_engine, select, text

from celeriac.ledger import control
from celeriac.ledger.models.changes import AuditEvent
from config.database import autocommit, ledger
from config.redis import cache_client
from tasks import performance, results


@pytest.fixture
def busy(configured, ledger_url):
    """A table that an application searches without an index, before and after the first capture."""
    engine = create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as application:
        application.execute(
            text("CREATE TABLE jobs AS SELECT n id, n % 5000 AS owner, repeat('x', 9) FROM generate_series(1, 50000) n")
        )
        application.execute(text("ANALYZE jobs"))
        performance.statements.capture.apply()
        for owner in range(30):
            application.execute(text("SELECT * FROM jobs WHERE owner = :owner"), {"owner": owner})
    engine.dispose()


def test_a_first_run_waits_for_statements(configured):
    result = performance.optimize_database.apply().result
    assert result["status"] == "waiting"
    assert "capture" in result["reason"]
    assert (result["slow_queries"], result["recommendations"]) == ([], [])


def test_monitoring_tells_the_database_and_the_cache(configured):
    cache_client().set("key", "value")
    snapshot = performance.monitor.apply().result
    assert snapshot["database"]["total_queries"] > 0
    assert snapshot["database"]["avg_query_time"] >= 0
    assert snapshot["cache"]["total_keys"] >= 1
    assert snapshot["cache"]["connected_clients"] >= 1
    assert snapshot["cache"]["used_memory_human"].endswith(("K", "M"))
    assert results.latest("monitor", "main")["timestamp"] == snapshot["timestamp"]


def test_monitoring_without_the_extension_says_what_to_do(configured):
    with autocommit() as connection:
        connection.execute(text("DROP EXTENSION pg_stat_statements"))
    snapshot = performance.monitor.apply().result
    assert snapshot["database"]["total_queries"] is None
    assert "CREATE EXTENSION pg_stat_statements" in snapshot["database"]["reason"]
    assert snapshot["cache"]["connected_clients"] >= 1


def test_statistics_are_published_in_full_and_returned_in_outline(configured):
    outline = performance.stats.apply().result
    document = results.latest("stats", "main")
    assert outline["document"] == "celeriac:main:stats"
    assert outline["mode"] == document["mode"] == "observe"
    assert outline["changes"] == {}
    assert {"tasks", "metrics", "namespaces", "pools", "database", "cache"} <= set(document)


def test_caching_is_analysed_where_no_warmers_are_configured(configured):
    result = performance.optimize_caching.apply().result
    assert result["status"] == "done"
    assert result["cache_implemented"]["warmed"] == 0
    assert "warmers" in result["cache_implemented"]["note"]
    assert result["cache_stats"]["clients"] >= 1
    assert results.latest("cache_analysis", "main") is not None


def test_a_key_of_ours_that_would_stay_for_ever_is_mended_and_recorded(configured, ledger_url):
    client = cache_client()
    client.set("cache:v:users:1", b"restored by hand")
    client.set("session:1", "precious")
    result = performance.optimize_caching.apply().result
    assert result["cache_implemented"]["mended"] == ["1 keys of the cache that never expired were given 86400 s."]
    assert client.ttl("cache:v:users:1") > 0
    assert client.ttl("session:1") == -1
    with ledger() as state:
        rows = state.execute(select(AuditEvent.to_state, AuditEvent.evidence).order_by(AuditEvent.id)).all()
    assert [row.to_state for row in rows] == ["cache mending", "cache mended"]
    assert rows[0].evidence["undo"] == ["PERSIST cache:v:users:1"]
    assert rows[1].evidence["changed"] == 1
    assert performance.optimize_caching.apply().result["cache_implemented"]["mended"] == []


def test_while_changes_are_paused_nothing_is_mended(configured):
    with ledger() as state:
        control.pause(state, actor="ada", reason="quarter's end")
    cache_client().set("cache:v:users:1", b"restored by hand")
    assert performance.optimize_caching.apply().result["cache_implemented"]["mended"] == []
    assert cache_client().ttl("cache:v:users:1") == -1


def test_results_are_small_enough_to_be_seen_whole(configured):
    for task in (performance.monitor, performance.stats, performance.optimize_caching, performance.optimize_database):
        assert len(repr(task.apply().result)) < 1024, task.name


@pytest.mark.hypopg
def test_optimizing_names_slow_queries_and_the_index_that_helps(busy):
    result = performance.optimize_database.apply().result
    assert result["status"] == "done"
    assert any("jobs" in one["ddl"] and "owner" in one["ddl"] for one in result["recommendations"])
    assert any("owner" in one["query"] for one in result["slow_queries"])
    assert len(json.dumps(result)) < 1500
