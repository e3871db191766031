"""What came before a regression, on a real catalog."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.statements.catalog import read_catalog
from celeriac.statements.regressions import memory, store
from celeriac.statements.regressions.explain import explain
from celeriac.statements.regressions.plans import shape_of

from .conftest import POLICY, Ledger

QUERY = "SELECT body FROM jobs WHERE status = $1"


@pytest.fixture
def target(ledger_url: str) -> Iterator[Connection]:
    with create_engine(ledger_url, poolclass=NullPool).connect() as connection:
        rows = "SELECT n AS id, n AS status, md5(n::text) AS body FROM generate_series(1, 5000) AS n"
        run(connection, f"CREATE TABLE jobs AS {rows}")
        run(connection, "CREATE INDEX jobs_status ON jobs (status)")
        run(connection, "ANALYZE jobs")
        yield connection


def run(target: Connection, statement: str) -> None:
    target.execute(text(statement))
    target.commit()


@pytest.fixture
def written(state: Connection) -> Ledger:
    ledger = Ledger(state, datetime.now(UTC))
    ledger.statement("jobs", QUERY)
    ledger.hours("jobs", hours=2)
    return ledger


def opened(ledger: Ledger, cause: str = "plan", fingerprint: str = "jobs") -> store.Regression:
    at = datetime.now(UTC)
    new = store.New(fingerprint, cause, "It is slower", 2.0, {}, {}, 1.0, at - timedelta(minutes=5), at)
    begun = store.begin(ledger.connection, "main", new)
    assert begun is not None
    return begun


def explained(target: Connection, ledger: Ledger, regression: store.Regression) -> store.Regression:
    memory.remember_catalog(target, ledger.connection, "main")
    explain(target, ledger.connection, [regression], POLICY)
    return next(one for one in store.open_regressions(ledger.connection, "main") if one.id == regression.id)


def without_statistics_news(target: Connection) -> None:
    run(target, "SELECT pg_stat_reset()")


def test_where_nothing_happened_nothing_is_added(target, written):
    without_statistics_news(target)
    memory.remember_catalog(target, written.connection, "main")
    assert explained(target, written, opened(written)).sentence == "It is slower"


def test_a_dropped_index_and_the_plan_it_left_are_named(target, written):
    without_statistics_news(target)
    assert memory.remember_catalog(target, written.connection, "main") == 0
    assert memory.remember_plans(target, written.connection, "main") == 1
    run(target, "DROP INDEX jobs_status")
    told = explained(target, written, opened(written)).sentence
    assert "index jobs_status of public.jobs was dropped" in told
    assert "the plan now has Seq Scan on jobs instead of" in told


def test_a_statement_remembers_its_plan_once_a_day(target, written):
    assert [memory.remember_plans(target, written.connection, "main") for _ in range(2)] == [1, 0]
    written.scalar("UPDATE celeriac.statement_plan SET seen_at = seen_at - interval '2 days' RETURNING 1")
    opened(written)
    assert memory.remember_plans(target, written.connection, "main") == 0  # not while it is slower


def test_a_change_of_ours_is_named_by_its_number(target, written):
    change_id = written.scalar(
        "INSERT INTO celeriac.change (target, kind, state, schema_name, table_name, identity, definition, ddl, origin, "
        "reason, promised, actor, index_name, build_started_at, built_at) VALUES ('main', 'build', 'verifying', "
        "'public', 'jobs', 'x', '{}', '', 'advisor', '', '{}', 'celeriac', 'celeriac_9_jobs', now(), "
        "clock_timestamp() - interval '20 minutes') RETURNING id"
    )
    found = explained(target, written, opened(written))
    assert found.change_id == change_id
    assert found.sentence.endswith(f"15 minutes before, change {change_id} had built celeriac_9_jobs on public.jobs")


def test_fresh_statistics_are_named(target, written):
    assert "public.jobs had got fresh statistics" in explained(target, written, opened(written)).sentence


def test_all_statements_at_once_have_no_tables(target, written):
    everything = opened(written, "load", store.EVERY_STATEMENT)
    assert explained(target, written, everything).sentence == "It is slower"


def test_what_the_planner_cannot_be_asked_has_no_shape(target):
    catalog = read_catalog(target)
    assert shape_of(target, "SELECT FROM WHERE", catalog) is None
    assert shape_of(target, "SELECT * FROM gone WHERE id = $1", catalog) is None
    assert "jobs" in (shape_of(target, "SELECT count(*) FROM jobs", catalog) or "")


def test_what_fails_while_it_is_planned_has_no_shape_and_harms_nothing(target):
    catalog = read_catalog(target)
    assert shape_of(target, "SELECT 1 / (1 - 1) FROM jobs", catalog) is None
    assert shape_of(target, "SELECT id FROM jobs WHERE id = $1 AND body LIKE '%x'", catalog) == "Seq Scan on jobs"
    assert target.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0


def test_a_statement_whose_text_went_is_left_as_it_is(target, written):
    assert explained(target, written, opened(written, fingerprint="pruned")).sentence == "It is slower"


def test_a_text_that_is_not_understood_touches_no_table(target, written):
    without_statistics_news(target)
    written.statement("odd", "SELECT FROM WHERE")
    assert explained(target, written, opened(written, fingerprint="odd")).sentence == "It is slower"
