import orjson
import pytest
from sqlalchemy import NullPool, create_engine, text

from celeriac.statements.extension import ExtensionMissing
from config.settings import Settings
from tasks import results, statements


@pytest.fixture
def application(configured: Settings, ledger_url: str):
    with create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SELECT pg_stat_statements_reset()"))  # other tests may have filled it to eviction
        yield connection


def capture() -> dict[str, object]:
    return statements.capture.apply().get()


def test_a_missing_extension_fails_with_its_sentence(application):
    application.execute(text("DROP EXTENSION pg_stat_statements"))

    with pytest.raises(ExtensionMissing):
        capture()


def test_capture_publishes_what_is_slow(application):
    first = capture()
    assert results.latest("slow_statements", "main") is None
    for _ in range(3):
        application.execute(text("SELECT count(*) FROM pg_class a, pg_class b WHERE a.relpages > 3"))

    second = capture()

    assert first["statements"] == 0
    assert second["calls"] >= 3
    assert second["complete"] is True
    assert len(orjson.dumps(second)) < 1024
    published = results.latest("slow_statements", "main")
    found = next(one for one in published["statements"] if "pg_class b" in one["query"])
    assert found["calls"] == 3
    assert "total_ms" in found["rankings"]
    assert 0 < found["share_of_time"] <= 1


def test_prune_reports_what_went(application):
    capture()
    capture()
    application.execute(text("UPDATE celeriac.statement_window SET ended_at = ended_at - interval '90 days'"))

    assert statements.prune.apply().get() == {"windows": 1, "statements": 0, "hours": 0}
