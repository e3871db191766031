import pytest
from sqlalchemy import NullPool, create_engine, text

KEYS = {"indexes", "cost_before", "cost_after", "what_if_calls", "seconds", "statements", "unplannable"}
INDEX_KEYS = {
    "ddl",
    "table",
    "columns",
    "include",
    "where",
    "method",
    "size_bytes",
    "saving_ratio",
    "statements",
    "reason",
}


@pytest.fixture
def jobs_url(database_url: str) -> str:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(
            text(
                "CREATE TABLE jobs AS SELECT n AS id, n % 5000 AS user_id, 'title ' || n AS title "
                "FROM generate_series(1, 20000) AS n"
            )
        )
        connection.execute(text("ANALYZE jobs"))
        connection.execute(text("SELECT pg_stat_statements_reset()"))
        connection.execute(text("SELECT title FROM jobs WHERE user_id = 77"))
    engine.dispose()
    return database_url


@pytest.fixture
def statements(tmp_path):
    file = tmp_path / "app.sql"
    file.write_text("SELECT title FROM jobs WHERE user_id = $1; SELEC nonsense;")
    return str(file)


@pytest.mark.hypopg
def test_recommend_reads_pg_stat_statements(celeriac, jobs_url):
    found = celeriac("recommend", jobs_url, "--format", "json")
    assert found.code == 0, found.err
    document = found.json()
    assert [index["columns"] for index in document["indexes"]] == [["user_id"]]
    assert document["cost_after"] < document["cost_before"]


def test_the_document_of_programs(celeriac, jobs_url, statements):
    document = celeriac("recommend", jobs_url, "--statements", statements, "--format", "json").json()
    assert set(document) == KEYS
    (index,) = document["indexes"]
    assert set(index) == INDEX_KEYS
    assert (index["table"], index["columns"], index["include"], index["where"], index["method"]) == (
        "jobs",
        ["user_id"],
        [],
        None,
        "btree",
    )
    assert index["ddl"] == 'CREATE INDEX CONCURRENTLY ON "public"."jobs" USING btree ("user_id")'
    assert 0 < index["saving_ratio"] <= 1
    assert document["statements"] == 2
    assert [left["statement"] for left in document["unplannable"]] == ["SELEC nonsense"]


def test_the_ddl_alone_can_be_run(celeriac, jobs_url, statements):
    printed = celeriac("recommend", jobs_url, "--statements", statements, "--format", "sql").out
    engine = create_engine(jobs_url, poolclass=NullPool)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(printed))
        assert connection.execute(text("SELECT count(*) FROM pg_indexes WHERE tablename = 'jobs'")).scalar() == 1
    engine.dispose()
    assert "No index is worth building" in celeriac("recommend", jobs_url, "--statements", statements).out


def test_a_repository_gets_a_migration_file(celeriac, jobs_url, statements):
    from_file = ("recommend", jobs_url, "--statements", statements)
    written = celeriac(*from_file, "--format", "alembic", "--after", "abc123").out
    assert "down_revision = 'abc123'" in written
    assert "op.create_index(" in written
    assert "migrations.RunSQL(" in celeriac(*from_file, "--format", "django").out
    assert celeriac(*from_file, "--format", "django", "--after", "42").err.startswith("celeriac: '42' is no Django")


def test_people_read_reasons(celeriac, jobs_url, statements):
    text_out = celeriac("recommend", jobs_url, "--statements", statements).out
    assert "Serves one statement with a search by user_id" in text_out
    assert "Not planned: SELEC nonsense" in text_out


@pytest.mark.hypopg
def test_a_budget_too_small_buys_nothing(celeriac, jobs_url, statements):
    out = celeriac("recommend", jobs_url, "--statements", statements, "--budget", "8kB", "--size-model", "hypopg").out
    assert "No index is worth building" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--budget", "much"), "'much' is no size"),
        (("--statements", "/nowhere.sql"), "cannot be read (No such file or directory)"),
        (("--objective", "beauty"), "'beauty' is not one of"),
    ],
)
def test_wrong_options_get_one_sentence(celeriac, jobs_url, arguments, sentence):
    refused = celeriac("recommend", jobs_url, *arguments)
    assert refused.code != 0
    assert sentence in refused.err
    assert refused.err.count("\n") == 1


@pytest.mark.hypopg
def test_explain_shows_both_plans(celeriac, jobs_url):
    shown = celeriac("explain", jobs_url, "SELECT title FROM jobs WHERE user_id = $1").out
    before, after = shown.split("After")
    assert "Seq Scan on jobs" in before
    assert "Index Cond: (user_id = " in after
    assert 'CREATE INDEX CONCURRENTLY ON "public"."jobs"' in after


@pytest.mark.hypopg
def test_explain_for_programs_and_from_a_file(celeriac, jobs_url, tmp_path):
    file = tmp_path / "one.sql"
    file.write_text("SELECT count(*) FROM jobs;")
    document = celeriac("explain", jobs_url, str(file), "--format", "json").json()
    assert document["indexes"] == []
    assert document["plan_before"] == document["plan_after"]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [("SELECT 1; SELECT 2", "the text holds 2"), ("SELECT nonsense FROM", "cannot be planned: syntax error")],
)
def test_explain_refuses_in_one_sentence(celeriac, jobs_url, statement, sentence):
    refused = celeriac("explain", jobs_url, statement)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert sentence in refused.err
