"""A server of our own to restart, apart from the session's; the ledger lives on the session's and survives."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.buffers.policy import BufferPolicy
from sandbox.postgres import PostgresServer, postgres
from sandbox.state import state_folder

POLICY = BufferPolicy(min_uptime=timedelta(0), step_blocks=64)


@pytest.fixture(scope="session")
def restartable() -> Iterator[PostgresServer]:
    with (
        state_folder() as folder,
        postgres(folder, {}, settings={"shared_buffers": "32MB", "autovacuum": "off"}) as server,
    ):
        engine = create_engine(server.url(), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("CREATE EXTENSION pg_buffercache; CREATE EXTENSION pg_prewarm"))
        yield server


@pytest.fixture
def target(restartable: PostgresServer) -> Iterator[Engine]:
    """A fresh schema `shop` with 5,000 jobs of 500 bytes; pooled connections would not survive the restarts."""
    engine = create_engine(restartable.url(), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS shop CASCADE"))
        connection.execute(text("CREATE SCHEMA shop"))
        connection.execute(text("CREATE TABLE shop.jobs (id int PRIMARY KEY, body text)"))
        connection.execute(text("INSERT INTO shop.jobs SELECT n, repeat('x', 500) FROM generate_series(1, 5000) AS n"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE shop.jobs"))
        connection.execute(text("CHECKPOINT"))
    return engine


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def policy() -> BufferPolicy:
    return POLICY
