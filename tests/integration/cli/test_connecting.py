import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.cli.connecting import autocommit, read_only, writing

LOCKED = text("SELECT count(*) FROM pg_tables WHERE tablename = 'made'")


def made(url: str) -> bool:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(LOCKED).scalar_one() == 1


def test_reading_changes_nothing_and_ends(database_url):
    with read_only(database_url, timeout_ms=50) as connection, pytest.raises(DBAPIError, match="statement timeout"):
        connection.execute(text("SELECT pg_sleep(5)"))
    with read_only(database_url) as connection, pytest.raises(DBAPIError, match="read-only transaction"):
        connection.execute(text("CREATE TABLE made (id int)"))


def test_writing_commits_whole_or_not_at_all(database_url):
    with pytest.raises(DBAPIError, match="division by zero"), writing(database_url) as connection:
        connection.execute(text("CREATE TABLE made AS SELECT 1 / (count(*) - count(*)) FROM pg_class"))
    assert not made(database_url)

    with writing(database_url) as connection:
        connection.execute(text("CREATE TABLE made (id int)"))
    assert made(database_url)


def test_ddl_waits_for_no_lock_longer_than_it_may(database_url):
    with writing(database_url) as connection:
        connection.execute(text("CREATE TABLE made (id int)"))
    with writing(database_url) as holder, autocommit(database_url, lock_timeout_ms=50) as builder:
        holder.execute(text("LOCK TABLE made"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            builder.execute(text("CREATE INDEX CONCURRENTLY ON made (id)"))
