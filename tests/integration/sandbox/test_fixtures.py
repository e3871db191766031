"""The fixtures that every integration test stands on."""

import pytest
import redis
from sqlalchemy import Connection, create_engine, inspect, text


def extensions(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT extname FROM pg_extension")))


def test_a_database_comes_with_what_the_optimizer_reads(connection: Connection):
    assert {"pg_stat_statements", "pg_prewarm", "pg_buffercache", "pg_trgm", "pgstattuple"} <= extensions(connection)
    assert connection.scalar(text("SHOW track_io_timing")) == "on"


def test_each_test_has_a_database_of_its_own(connection: Connection, ledger_url: str):
    assert connection.engine.url.render_as_string(False) != ledger_url
    assert inspect(connection).get_table_names() == []


def test_the_ledger_database_holds_the_ledger(ledger_url: str):
    engine = create_engine(ledger_url)
    tables = inspect(engine).get_table_names(schema="celeriac")
    engine.dispose()
    assert "change" in " ".join(tables)


@pytest.mark.hypopg
def test_hypopg_is_there_where_it_is_needed(connection: Connection):
    assert connection.scalar(text("SELECT count(*) FROM hypopg()")) == 0


def test_redis_is_empty_and_its_own(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_what_a_test_left_in_redis_is_gone_in_the_next(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        assert client.get("left") is None
