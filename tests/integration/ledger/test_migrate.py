from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from celeriac.ledger import migrate
from celeriac.ledger.models import SCHEMA


def engine_of(url):
    return create_engine(url, isolation_level="AUTOCOMMIT")


def test_the_migrations_make_what_the_models_say(ledger_url):
    engine = engine_of(ledger_url)
    with engine.connect() as connection:
        assert migrate.differences(connection) == []
        assert migrate.revision(connection) == migrate.head()
    engine.dispose()


def test_a_model_that_has_no_migration_would_be_seen(ledger_url):
    engine = engine_of(ledger_url)
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE celeriac.change DROP COLUMN reason"))
        assert [difference[0] for difference in migrate.differences(connection)] == ["add_column"]
    engine.dispose()


def test_an_empty_database_has_no_revision(connection: Connection):
    assert migrate.revision(connection) is None


def test_migrating_twice_changes_nothing(database_url):
    assert migrate.migrate(database_url) == migrate.migrate(database_url) == migrate.head()


def test_migrators_wait_for_each_other(database_url):
    with ThreadPoolExecutor(4) as pool:
        revisions = list(pool.map(migrate.migrate, [database_url] * 4))
    assert revisions == [migrate.head()] * 4


def test_a_role_without_create_migrates_into_a_schema_made_for_it(connection: Connection):
    connection.execute(text("CREATE ROLE celeriac_plain"))
    try:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION celeriac_plain"))
        connection.execute(text("SET LOCAL ROLE celeriac_plain"))
        assert migrate.migrate_connection(connection) == migrate.head()
    finally:
        connection.rollback()


def test_a_role_without_create_and_without_the_schema_is_told_so(connection: Connection):
    connection.execute(text("CREATE ROLE celeriac_plain"))
    connection.execute(text("SET LOCAL ROLE celeriac_plain"))
    with pytest.raises(ProgrammingError, match="permission denied for database"):
        migrate.migrate_connection(connection)
    connection.rollback()


def test_our_statements_are_signed(database_url):
    migrate.migrate(database_url)
    engine = engine_of(database_url)
    unsigned = text(
        "SELECT query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()"
        " WHERE query ILIKE '%alembic%' AND query NOT LIKE '%/* celeriac:%'"
    )
    with engine.connect() as connection:
        assert [row.query for row in connection.execute(unsigned) if "pg_stat_statements" not in row.query] == []
    engine.dispose()
