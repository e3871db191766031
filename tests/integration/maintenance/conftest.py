"""One database for all tests of maintenance, emptied before each."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from celeriac.ledger.models import Base
from celeriac.supervision.sessions import Sessions
from sandbox.databases import database
from sandbox.postgres import PostgresServer

from .words import JOBS, Care

ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"  # noqa: E501
TABLES = "SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="session")
def care_database(postgres_server: PostgresServer, ledger_template: str) -> Iterator[Engine]:
    with database(postgres_server, f"{ledger_template}_care", template=ledger_template) as url:
        engine = create_engine(url, poolclass=NullPool)
        yield engine
        engine.dispose()


@pytest.fixture
def care(care_database: Engine) -> Iterator[Care]:
    """A table that autovacuum does not come to, an empty ledger, and sessions to maintain it with."""
    with care_database.begin() as connection:
        connection.execute(text(ALONE))
        for drop in connection.scalars(text(TABLES)).all():
            connection.execute(text(drop))
        connection.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} CASCADE"))
        connection.execute(text(JOBS))
    autocommit = care_database.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as work, autocommit.connect() as watch:
        yield Care(care_database, Sessions(work, watch, care_database.begin))
