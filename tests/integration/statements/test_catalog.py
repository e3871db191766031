"""The catalog, read from a real server."""

import pytest
from sqlalchemy import Connection, event, text

from celeriac.statements.catalog import Catalog, Table, read_catalog


def make(connection: Connection, *statements: str) -> Catalog:
    for statement in statements:
        connection.execute(text(statement))
    return read_catalog(connection)


def table(catalog: Catalog, name: str) -> Table:
    found = catalog.find(None, name)
    assert found is not None
    return found


def test_statistics_come_with_their_columns(connection: Connection) -> None:
    catalog = make(
        connection,
        'CREATE TABLE jobs (id bigint NOT NULL, status varchar(20), code text COLLATE "C", tags text[])',
        "INSERT INTO jobs SELECT n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'done' END, n, ARRAY['a', 'b'] "
        "FROM generate_series(1, 1000) AS n",
        "ANALYZE jobs",
    )
    jobs = table(catalog, "jobs")
    assert (jobs.kind, jobs.rows, jobs.pages > 0) == ("r", 1000, True)
    status = jobs.column("status")
    assert status is not None
    assert status.type == "character varying(20)"
    assert status.common_values == ("done", "failed")
    assert status.common_shares == pytest.approx((0.9, 0.1))
    identity = jobs.column("id")
    assert identity is not None
    assert identity.not_null
    assert identity.distinct == -1
    assert (identity.histogram[0], identity.histogram[-1], len(identity.histogram)) == ("1", "1000", 51)
    assert [column.collation_is_c for column in jobs.columns] == [True, False, True, False]
    tags = jobs.column("tags")
    assert tags is not None
    assert set(tags.common_elements) == {"a", "b"}


def test_indexes_come_with_keys_expressions_and_their_statistics(connection: Connection) -> None:
    catalog = make(
        connection,
        "CREATE TABLE users (id int PRIMARY KEY, email varchar(60), age int, gone boolean)",
        "INSERT INTO users SELECT n, 'User' || n, n % 50, false FROM generate_series(1, 500) AS n",
        "CREATE INDEX users_email ON users (lower(email), age) INCLUDE (id) WHERE NOT gone",
        "ANALYZE users",
    )
    users = table(catalog, "users")
    primary, email = sorted(users.indexes, key=lambda index: not index.primary)
    assert (primary.key, primary.unique, primary.backs_constraint) == (("id",), True, True)
    assert (email.key, email.include, email.where) == (("lower(email)", "age"), ("id",), "NOT gone")
    assert (email.method, email.valid, email.size_bytes > 0) == ("btree", True, True)
    lowered = users.column("lower(email)")
    assert lowered is not None
    assert lowered.histogram[0].startswith("user")
    assert users.columns[0].name == "id"


def test_a_partitioned_table_counts_what_lies_below_it(connection: Connection) -> None:
    catalog = make(
        connection,
        "CREATE TABLE events (at int, kind text) PARTITION BY RANGE (at)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (1000)",
        "INSERT INTO events SELECT n, 'x' FROM generate_series(0, 999) AS n",
        "CREATE INDEX ON events (at)",
        "ANALYZE events",
    )
    events, first = table(catalog, "events"), table(catalog, "events_1")
    assert (events.kind, events.rows, events.pages > 1) == ("p", 1000, True)
    assert (first.is_partition, first.parent_oid, first.rows) == (True, events.oid, 100)
    at = events.column("at")
    assert at is not None
    assert at.histogram[-1] == "999"
    assert [index.key for index in events.indexes] == [("at",)]


def test_views_foreign_keys_and_materialized_views_are_there(connection: Connection) -> None:
    catalog = make(
        connection,
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.users (id int, part int, PRIMARY KEY (id, part))",
        "CREATE TABLE orders (user_id int, user_part int, "
        "FOREIGN KEY (user_id, user_part) REFERENCES shop.users (id, part))",
        "CREATE VIEW named AS SELECT user_id FROM orders",
        "CREATE MATERIALIZED VIEW kept AS SELECT user_id FROM orders",
        "CREATE TEMP TABLE passing (id int)",
    )
    assert table(catalog, "orders").foreign_keys == ((("user_id", "user_part"), "shop.users"),)
    assert table(catalog, "kept").kind == "m"
    assert "orders" in catalog.views["public", "named"]
    assert catalog.find(None, "users") is None
    assert catalog.find("shop", "users") is not None
    assert catalog.find(None, "passing") is None
    assert catalog.find("pg_catalog", "pg_class") is None
    assert {"count", "random", "generate_series"} <= catalog.unindexable_functions
    assert "lower" not in catalog.unindexable_functions


def test_a_table_that_was_never_analyzed_has_the_size_of_its_file(connection: Connection) -> None:
    catalog = make(
        connection,
        "CREATE TABLE fresh (id int) WITH (autovacuum_enabled = off)",
        "INSERT INTO fresh SELECT generate_series(1, 5000)",
    )
    assert table(catalog, "fresh").pages > 5


def test_the_catalog_is_read_in_as_many_queries_for_many_tables_as_for_few(connection: Connection) -> None:
    seen: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
    read_catalog(connection)
    few = len(seen)
    catalog = make(connection, *(f"CREATE TABLE t{n} (id int PRIMARY KEY)" for n in range(30)))
    assert len(catalog.tables) == 30
    assert len(seen) == 2 * few + 30
    assert all("/* celeriac:" in statement for statement in seen if "CREATE TABLE" not in statement)
