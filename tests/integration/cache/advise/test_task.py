"""The advisor's task and command, on what a real server measured."""

import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.cli import app
from celeriac.cli.edge import run
from config.settings import Settings
from tasks import cache_advice, results
from tasks.statements import capture


@pytest.fixture
def busy(configured: Settings, configure, ledger_url: str) -> str:
    """A table that an application counts in, between two captures."""
    configure(cache_advice__min_calls_per_hour="1", cache_advice__min_mean_ms="0")
    engine = create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as application:
        application.execute(
            text("CREATE TABLE jobs AS SELECT n id, n % 20 AS owner, repeat('x', 9) FROM generate_series(1, 50000) n")
        )
        application.execute(text("ANALYZE jobs"))
        application.execute(text("SELECT pg_stat_statements_reset()"))
        capture.apply()
        for owner in range(20):
            for _ in range(10):
                application.execute(text("SELECT count(*) FROM jobs WHERE owner = :owner"), {"owner": owner})
        capture.apply()
    engine.dispose()
    return ledger_url


def test_before_anything_was_measured_it_waits(configured: Settings):
    assert cache_advice.advise.apply().result["status"] == "waiting"


def test_what_is_worth_caching_is_published(busy: str):
    told = cache_advice.advise.apply().result
    assert told["status"] == "done"
    assert told["cacheable"] == ["jobs_by_owner"]
    document = results.latest("cache_advice", "main")
    (one,) = document["cacheable"]
    assert one["keys"] == 20
    assert "@cached(cache, ttl=" in one["code"]
    assert document["saved_ms_per_hour"] == told["saved_ms_per_hour"] > 0
    assert len(repr(told)) < 1024


def test_writes_that_no_statement_explains_are_seen_the_next_time(busy: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache_advice, "MIN_BETWEEN_S", 0.0)
    cache_advice.advise.apply()
    capture.apply()
    engine = create_engine(busy, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as application:
        # Signed as ours, so that no window holds it: as COPY or a trigger would be.
        application.execute(
            text("INSERT /* celeriac:test */ INTO jobs SELECT n, 1, 'y' FROM generate_series(1, 30000) n")
        )
        application.execute(text("SELECT pg_stat_force_next_flush()"))
        for _ in range(50):
            application.execute(text("SELECT count(*) FROM jobs WHERE owner = 3"))
    engine.dispose()
    capture.apply()
    cache_advice.advise.apply()
    document = results.latest("cache_advice", "main")
    reasons = [one["reason"] for one in document["refused"] if "FROM jobs" in one["statement"]]
    assert reasons[0].startswith("what it shows changes")


def test_the_command_prints_what_to_paste(busy: str, capsys: pytest.CaptureFixture[str]):
    assert run(app, ["cache-advice", busy, "--refused"]) == 0
    out = capsys.readouterr().out
    assert "queries over" in out
    assert run(app, ["cache-advice", busy, "--format", "json"]) == 0
    assert '"cacheable"' in capsys.readouterr().out
