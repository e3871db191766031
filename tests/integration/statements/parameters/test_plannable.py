"""Every normalized statement gets types, values and a plan from a real server, or a reason; none is ever executed."""

import os
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.statements.catalog import read_catalog
from celeriac.statements.parameters import plannable
from celeriac.statements.parsed import NotUnderstood, ParsedStatement, Plannable
from celeriac.statements.parsing import parse
from celeriac.statements.statement import Counters, Statement, fingerprint
from sandbox.databases import database
from sandbox.postgres import PostgresServer

SCHEMA = (
    "CREATE TYPE mood AS ENUM ('glad', 'sad')",
    "CREATE DOMAIN cents AS integer CHECK (VALUE >= 0)",
    (
        "CREATE TABLE jobs (id bigint PRIMARY KEY, status text, rating numeric(6, 2), due date, "
        "created_at timestamptz, name varchar(40), payload jsonb, tags text[], feeling mood, price cents, serial uuid)"
    ),
    (
        "INSERT INTO jobs SELECT n, (ARRAY['done', 'done', 'done', 'done', 'failed'])[n % 5 + 1], n / 100.0, "
        "date '2024-01-01' + n / 10, timestamptz '2024-01-01' + n * interval '1 hour', 'job ' || n, "
        "jsonb_build_object('n', n), ARRAY['t' || n % 3], 'glad', n, gen_random_uuid() "
        "FROM generate_series(1, 2000) AS n"
    ),
    "CREATE TABLE steps (job_id bigint, at int, note text)",
    "ANALYZE jobs, steps",
)
Plan = Callable[..., Plannable | NotUnderstood]


@pytest.fixture(scope="module")
def jobs_url(postgres_server: PostgresServer, database_template: str) -> Iterator[str]:
    """One database for the module: its tests commit nothing."""
    with database(postgres_server, f"celeriac_test_{os.getpid()}_plannable", template=database_template) as url:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            for statement in SCHEMA:
                connection.execute(text(statement))
        yield url


@pytest.fixture
def connection(jobs_url: str) -> Iterator[Connection]:
    with create_engine(jobs_url, poolclass=NullPool).connect() as opened:
        yield opened


@pytest.fixture
def plan(connection: Connection) -> Plan:
    catalog = read_catalog(connection)

    def asked(query: str, counters: Counters | None = None) -> Plannable | NotUnderstood:
        parsed = parse(query, catalog)
        if isinstance(parsed, NotUnderstood):
            return parsed
        statement = Statement(fingerprint("app", query), "app", query, counters or Counters())
        return plannable(connection, parsed, statement, catalog)

    return asked


def planned(found: Plannable | NotUnderstood) -> Plannable:
    assert isinstance(found, Plannable), found
    return found


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("SELECT * FROM jobs WHERE id = $1", "bigint"),
        ("SELECT * FROM jobs WHERE status IN ($1, $2) AND due BETWEEN $3 AND $4 LIMIT $5",
         "text text date date bigint"),
        ("SELECT * FROM jobs WHERE id IN ($1 /*, ... */)", "bigint[]"),
        ("SELECT * FROM jobs WHERE rating BETWEEN $1 - $2 AND $3 + $4",
         "numeric numeric numeric numeric"),
        ("SELECT * FROM jobs WHERE due < date $1 + interval $2", "date interval"),
        ("SELECT * FROM jobs WHERE due < $1 + $2", "date integer"),
        ("SELECT * FROM jobs WHERE created_at > $1 - $2", 'timestamp with time zone|interval'),
        ("SELECT * FROM jobs WHERE due < date $1 + $2", "date integer"),
        ("SELECT extract($1 FROM created_at), date_trunc($2, created_at) FROM jobs", "text text"),
        ("SELECT extract($1 FROM $2)", "text|timestamp with time zone"),
        ("SELECT substring(name from $1 for $2) FROM jobs", "integer integer"),
        ("SELECT sum(CASE WHEN status = $1 THEN $2 ELSE $3 END) FROM jobs", "text integer integer"),
        ("SELECT name, sum(CASE WHEN status = $1 OR name = $2 THEN $3 ELSE $4 END) FROM jobs GROUP BY name",
         "text text integer integer"),
        ("SELECT $1 * sum(rating) / $2 FROM jobs", "numeric numeric"),
        ("SELECT $1 + $2, $3 || $4, $5", "numeric numeric text text text"),
        ("SELECT coalesce($1, $2) = id FROM jobs", "numeric numeric"),
        ("SELECT * FROM jobs WHERE name LIKE $1 AND name ILIKE $2 || '%'", "text text"),
        ("SELECT * FROM jobs WHERE payload @> $1 AND payload ->> $2 = $3 AND tags && $4 AND tags @> ARRAY[$5]",
         "jsonb text text text[] text"),
        ("SELECT * FROM jobs WHERE feeling = $1 AND price = $2 AND serial = $3", "mood integer uuid"),
        ("SELECT * FROM jobs WHERE feeling IS DISTINCT FROM $1::mood AND price < $2::cents", "mood cents"),
        ("SELECT * FROM jobs WHERE created_at AT TIME ZONE $1 > now() AT TIME ZONE $2", "text text"),
        ("SELECT * FROM jobs WHERE due = $3 AND id = $7", "date bigint"),
        ("SELECT status, count(*) FROM jobs WHERE name ~ '100%' GROUP BY $1 HAVING count(*) > $2", "bigint"),
        ("SELECT * FROM jobs TABLESAMPLE bernoulli ($1) ORDER BY id FETCH FIRST $2 ROWS ONLY", "real bigint"),
        ("INSERT INTO jobs (id, due) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET rating = jobs.rating + $3",
         "bigint date numeric"),
        ("UPDATE jobs SET status = $1 WHERE id = ANY ($2)", "text bigint[]"),
        ("DELETE FROM jobs WHERE created_at < now() - $1::interval", "interval"),
        ("WITH gone AS (DELETE FROM steps WHERE at < $1 RETURNING job_id) SELECT * FROM jobs, gone WHERE id = job_id",
         "integer"),
        ("SELECT id FROM jobs WHERE $1 IS NULL OR id = $2", "text bigint"),
        ("SELECT id FROM jobs WHERE id = $1 + $2 OR price = ANY (ARRAY[$3 * $4])", "bigint bigint cents cents"),
        ("SELECT date_trunc('day', $1), to_char($2, $3), greatest($4, $5) + 1", ("timestamp with time zone|"
         "timestamp with time zone|text|numeric|numeric")),
        ("SELECT 100 % 7 FROM jobs WHERE name LIKE '%1%'", ""),
        ("SELECT p.id FROM jobs p JOIN (VALUES ($1, $2), ($3, $4)) AS v (id, n) ON v.id = p.id",
         "bigint text bigint text"),
        ("SELECT * FROM (VALUES ($1)) AS v JOIN jobs ON jobs.id = v.column1", "bigint"),
        ("WITH s AS (SELECT $1 AS id) SELECT * FROM jobs JOIN s AS t ON jobs.id = t.id", "bigint"),
        ("SELECT * FROM jobs, (SELECT $1 UNION ALL SELECT $2) AS s (id) WHERE jobs.id = s.id", "bigint bigint"),
    ],
)  # fmt: skip
def test_a_normalized_statement_gets_types_values_and_plans(
    connection: Connection, plan: Plan, query: str, types: str
) -> None:
    found = planned(plan(query))
    assert found.parameter_types == tuple(types.split("|") if "|" in types else types.split())
    assert 1 <= len(found.bindings) <= 5
    assert sum(binding.weight for binding in found.bindings) == pytest.approx(1)
    raw = {"no_parameters": True}
    connection.exec_driver_sql(f"PREPARE asked AS {found.parsed.text}", execution_options=raw)
    for binding in found.bindings:
        values = f"({', '.join(binding.values)})" if binding.values else ""
        assert connection.exec_driver_sql(f"EXPLAIN EXECUTE asked{values}", execution_options=raw).all()


def test_merge_is_planned_where_the_server_has_it(connection: Connection, plan: Plan) -> None:
    found = plan(
        "MERGE INTO jobs USING steps ON job_id = id WHEN MATCHED THEN UPDATE SET status = $1 "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (job_id + $2)"
    )
    if int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= 150000:
        assert planned(found).parameter_types == ("text", "bigint")
    else:
        assert isinstance(found, NotUnderstood)


def test_a_row_to_merge_has_the_types_it_is_matched_by(connection: Connection, plan: Plan) -> None:
    if int(connection.execute(text("SHOW server_version_num")).scalar_one()) < 150000:
        pytest.skip("MERGE came with PostgreSQL 15")
    found = plan("MERGE INTO jobs USING (SELECT $1 AS id) s ON s.id = jobs.id WHEN MATCHED THEN DELETE")
    assert planned(found).parameter_types == ("bigint",)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * FROM gone WHERE id = $1", 'relation "gone" does not exist (SQLSTATE 42P01)'),
        ("SELECT missing FROM jobs", 'column "missing" does not exist (SQLSTATE 42703)'),
        ("SELECT 'secret'::int FROM jobs", "invalid input syntax for type integer (SQLSTATE 22P02)"),
        ("SELECT jsonb '{secret}'", "invalid input syntax for type json (SQLSTATE 22P02)"),
        ("SELECT '2024-99-99 secret'::date", "(SQLSTATE 22"),
        ("SELECT id = $1 AND name = $1 FROM jobs", "SQLSTATE 42"),
        ("DROP TABLE jobs", "DROP is no SELECT"),
    ],
)
def test_what_the_server_refuses_is_told_without_the_values(plan: Plan, query: str, reason: str) -> None:
    refused = plan(query)
    assert isinstance(refused, NotUnderstood)
    assert reason in refused.reason
    assert "secret" not in refused.reason


def test_nothing_is_left_behind_and_nothing_ran(connection: Connection, plan: Plan) -> None:
    connection.execute(text("CREATE SEQUENCE counted"))
    connection.execute(text("SET standard_conforming_strings = off"))
    planned(plan("SELECT nextval('counted'), id FROM jobs WHERE name = '\\' AND status = '; DROP TABLE jobs; --'"))
    planned(plan("DELETE FROM jobs"))
    assert isinstance(plan("SELECT 1 FROM jobs WHERE x.y.z.a = $1"), NotUnderstood)
    left = connection.execute(text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'celeriac%'")).scalar()
    shown = [
        connection.execute(text(f"SHOW {name}")).scalar()
        for name in ("transaction_read_only", "standard_conforming_strings", "statement_timeout")
    ]
    assert (left, shown) == (0, ["off", "off", "0"])
    assert connection.execute(text("SELECT count(*), (SELECT is_called FROM counted) FROM jobs")).one() == (2000, False)


def test_what_the_caller_prepared_and_wrote_stays(connection: Connection, plan: Plan) -> None:
    connection.execute(text("PREPARE callers AS SELECT 1"))
    connection.execute(text("INSERT INTO steps VALUES (1, 1, 'mine')"))
    assert isinstance(plan("SELECT * FROM gone"), NotUnderstood)
    planned(plan("SELECT * FROM jobs WHERE id = $1"))
    assert connection.execute(text("EXECUTE callers")).scalar() == 1
    assert connection.execute(text("SELECT note FROM steps")).scalars().all() == ["mine"]
    connection.rollback()
    assert connection.execute(text("SELECT count(*) FROM steps")).scalar() == 0


def test_a_lock_that_somebody_holds_is_not_waited_for(jobs_url: str, connection: Connection, plan: Plan) -> None:
    with create_engine(jobs_url, poolclass=NullPool).connect() as other:
        other.execute(text("LOCK TABLE jobs"))
        refused = plan("SELECT * FROM jobs WHERE id = $1")
    assert isinstance(refused, NotUnderstood)
    assert refused.reason == "canceling statement due to lock timeout (SQLSTATE 55P03)"
    planned(plan("SELECT * FROM jobs WHERE id = $1"))


def test_a_connection_that_the_server_ended_is_an_error(jobs_url: str, connection: Connection, plan: Plan) -> None:
    pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with create_engine(jobs_url, poolclass=NullPool).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises(DBAPIError):
        plan("SELECT * FROM jobs WHERE id = $1")


def test_a_pattern_holds_a_stored_word(plan: Plan) -> None:
    found = planned(plan("SELECT * FROM jobs WHERE name LIKE $1"))
    patterns = [binding.values[0] for binding in found.bindings]
    assert any(pattern.startswith("'job") for pattern in patterns)
    assert all(pattern.endswith("%'::text") for pattern in patterns)


def test_values_follow_the_statistics_and_the_rows_per_call(plan: Plan) -> None:
    usual = planned(plan("SELECT * FROM jobs WHERE status = $1"))
    assert [binding.values for binding in usual.bindings] == [("'done'::text",), ("'failed'::text",)]
    assert usual.bindings[0].weight == pytest.approx(0.8, abs=0.05)
    rare = planned(plan("SELECT * FROM jobs WHERE status = $1", Counters(calls=10, rows=4_000)))
    assert rare.bindings[0].values == ("'failed'::text",)


def test_a_range_is_as_wide_as_the_rows_per_call(plan: Plan) -> None:
    found = planned(plan("SELECT * FROM jobs WHERE id BETWEEN $1 AND $2", Counters(calls=10, rows=2_000)))
    (binding,) = found.bindings
    low, high = (int(value.split("'")[1]) for value in binding.values)
    assert high - low == pytest.approx(200, abs=45)


def test_a_limit_is_what_the_calls_return(plan: Plan) -> None:
    seen = planned(plan("SELECT * FROM jobs ORDER BY id LIMIT $1 OFFSET $2", Counters(calls=10, rows=245)))
    assert seen.bindings[0].values == ("'25'::bigint", "'0'::bigint")
    unseen = planned(plan("SELECT * FROM jobs ORDER BY id LIMIT $1"))
    assert unseen.bindings[0].values == ("'10'::bigint",)


def test_a_type_without_known_values_gets_the_generic_plan_only(connection: Connection, plan: Plan) -> None:
    connection.execute(text("CREATE TYPE pair AS (a int, b int)"))
    found = planned(plan("SELECT * FROM jobs WHERE $1::pair IS NULL"))
    assert (found.parameter_types, found.bindings) == (("pair",), ())


def test_the_statement_keeps_its_text_where_nothing_had_to_be_mended(plan: Plan) -> None:
    query = "SELECT id FROM jobs WHERE status = $1"
    found = planned(plan(query))
    assert isinstance(found.parsed, ParsedStatement)
    assert (found.parsed.text, found.role, found.fingerprint) == (query, "app", fingerprint("app", query))
