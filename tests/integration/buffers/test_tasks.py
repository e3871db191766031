"""The tasks on real servers, called as a worker calls them."""

import pytest
from sqlalchemy import create_engine, text

import worker.app
from tasks import buffers, results


@pytest.fixture
def application(configure, ledger_url, redis_url):
    """The application on this test's servers; a young server's buffers count."""
    configured = configure(
        targets__main__url=ledger_url,
        redis__broker_url=redis_url,
        redis__results_url=redis_url,
        redis__cache_url=redis_url,
        buffers__min_uptime="0s",
    )
    made = worker.app.create(configured)
    made.set_default()
    return made


def test_nothing_is_warmed_before_anything_was_remembered(application):
    told = buffers.warm.apply(kwargs={"target": "main"}).get()
    assert told == {"status": "refused", "reason": "there is no snapshot from before the server's last start"}


def test_what_is_hot_is_remembered_and_warmed_on_demand(application, ledger_url):
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE jobs AS SELECT n, repeat('x', 500) FROM generate_series(1, 1000) AS n"))
        for _ in range(8):
            connection.execute(text("SELECT count(*) FROM jobs"))
    engine.dispose()
    remembered = buffers.snapshot.apply().get()
    warmed = buffers.warm.apply(kwargs={"force": True}).get()
    assert remembered["status"] == warmed["status"] == "done"
    assert warmed["blocks"] >= remembered["blocks"] > 60
    assert results.latest("buffers", "main")["blocks"] == warmed["blocks"]


def test_a_missing_extension_is_said_and_no_failure(application, ledger_url):
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("DROP EXTENSION pg_buffercache"))
    engine.dispose()
    told = buffers.snapshot.apply().get()
    assert told["status"] == "unavailable"
    assert "CREATE EXTENSION pg_buffercache" in told["reason"]
