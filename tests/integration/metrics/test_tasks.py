"""The tasks on real servers, called as a worker calls them."""

import json
import time

import pytest
from sqlalchemy import create_engine, text

import worker.app
from celeriac.metrics.samplers import SAMPLERS
from celeriac.metrics.sources import WorkerState
from config.settings import settings
from tasks import metrics, outcomes, presence, results

COUNT_SIZES = text(
    "SELECT count(*) FROM celeriac.metric_sample JOIN celeriac.metric_series AS s ON s.id = series_id "
    "WHERE s.name = 'celeriac_postgres_database_bytes'"
)


def application_url():
    return settings().targets["main"].url.get_secret_value()


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
    assert set(told["failed"]) == {sampler.name for sampler in SAMPLERS if sampler.needs == "postgres"}
    assert "celeriac_redis_clients" in {sample["name"] for sample in results.latest("metrics", "main")["samples"]}


def published():
    return {
        (sample["name"], *sample["labels"].values()): sample["value"]
        for sample in results.latest("metrics", "main")["samples"]
    }


def test_the_schedule_is_told_with_what_is_late(application):
    task = "celeriac.cache.warm"
    outcomes.count(task, "skipped", 1.0, "main", "the same task is already running")
    metrics.record.apply().get()
    found = published()
    assert found["celeriac_schedule_period_seconds", task] == 300
    assert found["celeriac_schedule_next_run_timestamp_seconds", task] == pytest.approx(
        found["celeriac_schedule_last_run_timestamp_seconds", task] + 300
    )
    assert found["celeriac_schedule_late_seconds", task] == 0
    assert ("celeriac_schedule_last_run_timestamp_seconds", "celeriac.indexes.recommend") not in found


def test_workers_are_told_while_they_are_there(application):
    presence.note("worker@here", WorkerState(time.time(), 4, 1, 123_000_000))
    presence.note("worker@gone", WorkerState(time.time() - 600, 4, 1, 1))
    metrics.record.apply().get()
    found = published()
    assert found["celeriac_worker_pool_processes", "worker@here"] == 4
    assert ("celeriac_worker_pool_processes", "worker@gone") not in found
    presence.leave("worker@here")
    assert presence.read() == {}


def test_the_databases_size_is_asked_for_rarely_and_stays_current(application):
    metrics.record.apply().get()
    size = ("celeriac_postgres_database_bytes",)
    with create_engine(application_url(), isolation_level="AUTOCOMMIT").connect() as connection:
        for minutes, asked in ((10, False), (31, True)):
            connection.execute(
                text("UPDATE celeriac.metric_sample SET at = at - CAST(:ago AS interval)"),
                {"ago": f"{minutes} minutes"},
            )
            before = connection.scalar(COUNT_SIZES)
            metrics.record.apply().get()
            assert size in published()
            assert (connection.scalar(COUNT_SIZES) > before) is asked
