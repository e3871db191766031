"""Real servers for every test that asks: private to the session, one fresh database to a test."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
import redis
from sqlalchemy import Connection, NullPool, create_engine, text

from sandbox.databases import available, create_extensions, database
from sandbox.postgres import PostgresServer, postgres
from sandbox.redis import RedisServer, redis_server
from sandbox.state import memory, state_folder

# Servers that the environment names may serve other sessions at the same time.
PREFIX = f"celeriac_test_{os.getpid()}"
NUMBERS = count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hypopg: needs the extension HypoPG; skipped where the server lacks it")


@pytest.fixture(autouse=True)
def _needs_hypopg(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("hypopg") and not available(
        request.getfixturevalue("postgres_server"), ["hypopg"]
    ):
        pytest.skip("this PostgreSQL has no HypoPG (Debian: apt-get install postgresql-NN-hypopg)")


@pytest.fixture(scope="session")
def server_state() -> Iterator[Path]:
    with state_folder(memory()) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(server_state: Path) -> Iterator[PostgresServer]:
    # Autovacuum comes by the minute, and what it does is not the test's: a vacuum under way, locks, counters.
    with postgres(server_state, settings={"autovacuum_naptime": "1d"}) as server:
        yield server


@pytest.fixture(scope="session")
def redis_private(server_state: Path) -> Iterator[RedisServer]:
    with redis_server(server_state) as server:
        yield server


@pytest.fixture(scope="session")
def database_template(postgres_server: PostgresServer) -> Iterator[str]:
    name = f"{PREFIX}_template"
    with database(postgres_server, name):
        create_extensions(postgres_server, name)
        yield name


@pytest.fixture(scope="session")
def ledger_template(postgres_server: PostgresServer, database_template: str) -> Iterator[str]:
    name = f"{PREFIX}_ledger"
    with database(postgres_server, name, template=database_template) as url:
        migrate_ledger(url)
        yield name


@pytest.fixture
def database_url(postgres_server: PostgresServer, database_template: str) -> Iterator[str]:
    """URL of a fresh empty database with the extensions."""
    with database(postgres_server, f"{PREFIX}_{next(NUMBERS)}", template=database_template) as url:
        yield url


@pytest.fixture
def ledger_url(postgres_server: PostgresServer, ledger_template: str) -> Iterator[str]:
    """URL of a fresh database with the extensions and the migrated ledger."""
    with database(postgres_server, f"{PREFIX}_{next(NUMBERS)}", template=ledger_template) as url:
        yield url


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to `database_url`."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def redis_url(redis_private: RedisServer) -> str:
    """URL of an empty database on the private Redis."""
    url = redis_private.url()
    with redis.Redis.from_url(url) as client:
        # A Redis that the environment names may hold what is not ours beside the database it names.
        if redis_private.process:
            client.flushall()
        else:
            client.flushdb()
    return url


def migrate_ledger(url: str) -> None:
    if find_spec("celeriac.ledger.migrate") is not None:
        from celeriac.ledger.migrate import migrate

        migrate(url)
        return
    from celeriac.ledger.models import Base

    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS celeriac"))
        Base.metadata.create_all(connection)
    engine.dispose()
