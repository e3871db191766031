"""What the advisor asks of a real server."""

import pytest
from sqlalchemy import Connection, text

from celeriac.cache.advise import CacheAdvicePolicy, advise, read_facts, rows_written
from celeriac.statements.catalog import read_catalog
from celeriac.statements.workload import Workload
from tests.unit.cache.advise.conftest import statement


@pytest.fixture
def shop(connection: Connection) -> Connection:
    for step in (
        "CREATE TABLE jobs AS SELECT id, id % 100 AS user_id, 'done' AS status FROM generate_series(1, 5000) id",
        "ALTER TABLE jobs ADD PRIMARY KEY (id)",
        "CREATE TABLE letters (id int, owner text)",
        "ALTER TABLE letters ENABLE ROW LEVEL SECURITY",
        "CREATE FUNCTION price(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT count(*)::int FROM jobs'",
        "CREATE FUNCTION doubled(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2'",
        "CREATE VIEW busy AS SELECT user_id, price(1) AS price FROM jobs",
        "ANALYZE",
    ):
        connection.execute(text(step))
    connection.commit()
    return connection


def reason(shop: Connection, query: str) -> str | None:
    advice = advise(Workload((statement(query),), 1.0), read_catalog(shop), CacheAdvicePolicy(), read_facts(shop))
    return advice.refused[0].reason if advice.refused else None


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("SELECT id, price(id) FROM jobs WHERE user_id = $1", "it calls price()"),
        ("SELECT price FROM busy WHERE user_id = $1", "it calls price()"),
        ("SELECT nextval($1) FROM jobs", "it calls nextval()"),
        ("SELECT id, gen_random_uuid() FROM jobs WHERE user_id = $1", "it calls gen_random_uuid()"),
        ("SELECT id FROM letters", "letters is under row-level security"),
    ],
)
def test_the_server_says_which_functions_and_tables_are_not_for_everyone(shop: Connection, query, refused):
    assert refused in reason(shop, query)


def test_plain_functions_are_no_obstacle(shop: Connection):
    query = (
        "SELECT doubled(id::int), lower(status), coalesce(user_id, $2), count(*) OVER () FROM jobs WHERE user_id = $1"
    )
    assert reason(shop, query) is None


def test_the_statistics_tell_how_many_keys_there_are(shop: Connection):
    advice = advise(
        Workload((statement("SELECT count(*) FROM jobs WHERE user_id = $1"),), 1.0),
        read_catalog(shop),
        CacheAdvicePolicy(),
        read_facts(shop),
    )
    assert advice.cacheable[0].keys == 100


def test_the_server_counts_what_is_written(shop: Connection):
    shop.execute(text("INSERT INTO jobs SELECT id FROM generate_series(6000, 6009) id"))
    shop.execute(text("SELECT pg_stat_force_next_flush()"))
    shop.commit()
    shop.execute(text("SELECT pg_stat_clear_snapshot()"))
    assert rows_written(shop)["public", "jobs"] >= 10
