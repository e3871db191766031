"""What a task says of a target that cannot serve: one typed sentence that tells what to do."""

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from celeriac.statements.extension import ExtensionMissing, StatisticsHidden
from config.refusals import LedgerMissing, TargetIsStandby, TargetRefused
from tasks.statements import capture


@pytest.fixture
def execute(ledger_url):
    """Run statements on the test's database, as its owner."""
    engine = create_engine(ledger_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def run(*statements):
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    yield run
    engine.dispose()


@pytest.fixture
def target(configure, configured, ledger_url):
    """Change the target's URL."""

    def changed(**parts):
        configure(targets__main__url=make_url(ledger_url).set(**parts).render_as_string(hide_password=False))

    return changed


def test_a_database_that_is_not_there(target):
    target(database="nowhere")
    assert_fails(TargetRefused, 'database "nowhere" does not exist')


def test_a_server_that_takes_no_writes(target, ledger_url):
    query = dict(make_url(ledger_url).query)
    target(query=query | {"options": f"{query.get('options', '')} -c default_transaction_read_only=on".strip()})
    assert_fails(TargetIsStandby, "is read-only; give the primary's URL")


def test_a_database_without_the_extension(configured, execute):
    execute("DROP EXTENSION pg_stat_statements")
    assert_fails(ExtensionMissing, "CREATE EXTENSION pg_stat_statements")


def test_a_database_without_a_ledger(configured, execute):
    execute("DROP SCHEMA celeriac CASCADE")
    assert_fails(LedgerMissing, "celeriac migrate")


def test_a_role_that_may_not_see_others_statements(target, execute, postgres_server):
    execute(
        "CREATE ROLE celeriac_blind LOGIN PASSWORD 'hush'",
        "GRANT USAGE ON SCHEMA celeriac TO celeriac_blind",
        "GRANT ALL ON ALL TABLES IN SCHEMA celeriac TO celeriac_blind",
    )
    try:
        target(username="celeriac_blind", password="hush")
        assert_fails(StatisticsHidden, "GRANT pg_read_all_stats TO celeriac_blind")
    finally:
        execute("DROP OWNED BY celeriac_blind", "DROP ROLE celeriac_blind")


def assert_fails(kind, reason):
    failure = capture.apply().result
    assert isinstance(failure, kind), repr(failure)
    assert reason in str(failure)
    assert "\n" not in str(failure)
    assert "hush" not in str(failure)
