"""A server of the health checks' own: durable and small, so that what is planted on it disturbs nobody."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine

from sandbox.databases import create_extensions, database
from sandbox.postgres import PostgresServer, postgres
from tests.conftest import migrate_ledger

from .looking import plant

NUMBERS = count(1)
SETTINGS = {
    "shared_buffers": "4MB",
    "max_prepared_transactions": "5",
    "archive_mode": "on",
    "wal_level": "logical",
    "autovacuum_naptime": "1h",
    "pg_stat_statements.max": "500",
}
ALTERED = (
    "ALTER SYSTEM SET archive_command = 'true'",
    "ALTER SYSTEM SET fsync = off",  # a fault by itself, which spares the other tests seconds
    "SELECT pg_reload_conf()",
)


@pytest.fixture(scope="session")
def health_server(server_state: Path) -> Iterator[PostgresServer]:
    folder = server_state / "health"
    folder.mkdir(mode=0o755)
    with postgres(folder, durable=True, settings=SETTINGS) as server:
        if server.process is None:
            pytest.skip("the server is not ours: nothing is planted on it")
        engine = create_engine(server.url(), poolclass=NullPool)
        for statement in ALTERED:
            plant(engine, statement)
        yield server
        engine.dispose()


@pytest.fixture(scope="session")
def health_template(health_server: PostgresServer) -> Iterator[str]:
    with database(health_server, "health_template"):
        create_extensions(health_server, "health_template")
        yield "health_template"


@pytest.fixture(scope="session")
def health_ledger_template(health_server: PostgresServer, health_template: str) -> Iterator[str]:
    with database(health_server, "health_ledger", template=health_template) as url:
        migrate_ledger(url)
        yield "health_ledger"


@pytest.fixture
def database_url(health_server: PostgresServer, health_template: str) -> Iterator[str]:
    with database(health_server, f"health_{next(NUMBERS)}", template=health_template) as url:
        yield url


@pytest.fixture
def ledger_url(health_server: PostgresServer, health_ledger_template: str) -> Iterator[str]:
    with database(health_server, f"health_{next(NUMBERS)}", template=health_ledger_template) as url:
        yield url


@pytest.fixture
def server(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()
