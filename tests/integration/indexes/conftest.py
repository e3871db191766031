from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from celeriac.ledger.models import Base
from celeriac.supervision.sessions import Sessions
from sandbox.databases import database
from sandbox.postgres import PostgresServer
from tests.conftest import NUMBERS, PREFIX

from .loop import JOBS, Loop

ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"  # noqa: E501
TABLES = "SELECT format('DROP TABLE IF EXISTS %I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="session")
def loop_database(postgres_server: PostgresServer, ledger_template: str) -> Iterator[Engine]:
    """One database for all tests of the loop, emptied before each: making one costs more than most of them."""
    # Several suites take it over: each has its own.
    with database(postgres_server, f"{PREFIX}_loop_{next(NUMBERS)}", template=ledger_template) as url:
        engine = create_engine(url, poolclass=NullPool)
        yield engine
        engine.dispose()


@pytest.fixture
def loop(loop_database: Engine) -> Iterator[Loop]:
    """A table of jobs, an empty ledger beside it, and sessions to change it with."""
    with loop_database.begin() as connection:
        connection.execute(text(ALONE))
        for drop in connection.scalars(text(TABLES)).all():
            connection.execute(text(drop))
        connection.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} CASCADE"))
        connection.execute(text(JOBS))
    autocommit = loop_database.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as ddl, autocommit.connect() as watch:
        for session in (ddl, watch):
            session.execute(text("SET lock_timeout = '2s'"))
        yield Loop(loop_database, Sessions(ddl, watch, loop_database.begin))
