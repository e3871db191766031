"""The tasks on real servers, called as a worker calls them."""

import json

import pytest
from sqlalchemy import create_engine, text

import worker.app
from tasks import metrics, results


@pytest.fixture
def application(configured):
    """The application on this test's servers, in place of the one made at import."""
    made = worker.app.create(configured)
    made.set_default()
    return made


def test_a_round_is_kept_and_published(application):
    told = metrics.record.apply(kwargs={"target": "main"}).get()
    assert told["failed"] == []
    published = results.latest("metrics", "main")
    assert len(published["samples"]) == told["samples"] > 50
    names = {sample["name"] for sample in published["samples"]}
    assert {"celeriac_postgres_connections", "celeriac_redis_clients", "celeriac_queue_messages"} <= names
    assert len(json.dumps(told)) < 1024


def test_recorded_twice_rolled_up_and_pruned_nothing_breaks(application):
    first, second = (metrics.record.apply().get() for _ in range(2))
    assert second["samples"] < first["samples"]  # the dear ones were spared
    size = "celeriac_postgres_database_bytes"
    assert size in {sample["name"] for sample in results.latest("metrics", "main")["samples"]}
    assert metrics.roll_up.apply().get() == metrics.roll_up.apply().get()
    assert metrics.prune.apply().get()["deleted"]["sample"] == 0


def test_pruning_goes_on_until_the_last_piece(configure, ledger_url, redis_url):
    configured = configure(
        targets__main__url=ledger_url,
        redis__broker_url=redis_url,
        redis__results_url=redis_url,
        redis__cache_url=redis_url,
        metrics__rows_per_delete="10",
    )
    worker.app.create(configured).set_default()
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO celeriac.metric_series (target, name, labels) VALUES ('main', 'depth', '{}')")
        )
        connection.execute(
            text(
                "INSERT INTO celeriac.metric_sample (series_id, at, value) "
                "SELECT 1, now() - interval '3 days' + n * interval '1 minute', n FROM generate_series(1, 35) AS n"
            )
        )
    engine.dispose()
    metrics.roll_up.apply().get()
    assert metrics.prune.apply().get()["deleted"]["sample"] == 29  # the rest may be folded again


def test_a_target_that_is_away_downs_its_samplers_and_no_other(configure, ledger_url, redis_url):
    configured = configure(
        targets__main__state_url=ledger_url,
        redis__broker_url=redis_url,
        redis__results_url=redis_url,
        redis__cache_url=redis_url,
    )
    worker.app.create(configured).set_default()
    told = metrics.record.apply().get()
    assert set(told["failed"]) == {"activity", "database", "wal", "replication", "relations", "size"}
    assert "celeriac_redis_clients" in {sample["name"] for sample in results.latest("metrics", "main")["samples"]}
