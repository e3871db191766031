import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.sql import sign_engine
from celeriac.statements import windows
from celeriac.statements.capture import Captured, capture
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.statement import Statement, Window
from sandbox.binaries import POSTGRES_URL
from sandbox.postgres import PostgresServer, postgres
from sandbox.state import memory, state_folder

POLICY = StatementPolicy()


@dataclass(frozen=True, slots=True)
class Watched:
    """A database with an application on it, watched by us."""

    application: Connection
    ours: Engine

    def run(self, statement: str, times: int = 1, **values: object) -> None:
        for _ in range(times):
            self.application.execute(text(statement), values)

    def capture(self, policy: StatementPolicy = POLICY) -> Captured:
        with self.ours.connect() as target, self.ours.begin() as ledger:
            return capture(target, ledger, "main", policy)

    def window(self, **bounds: object) -> Window | None:
        with self.ours.connect() as ledger:
            return windows.read(ledger, "main", **bounds)  # type: ignore[arg-type]

    def statement(self, part: str) -> Statement | None:
        """Return the one measured statement whose text holds `part`."""
        window = self.window()
        found = [one for one in window.statements if part in one.text] if window else []
        assert len(found) < 2
        return found[0] if found else None

    def ledger(self, statement: str) -> object:
        with self.ours.begin() as ledger:
            result = ledger.execute(text(statement))
            return result.scalar() if result.returns_rows else None


@pytest.fixture
def watched(ledger_url: str) -> Iterator[Watched]:
    with watching(ledger_url) as one:
        yield one


@contextmanager
def watching(url: str) -> Iterator[Watched]:
    applications = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    ours = create_engine(url, poolclass=NullPool)
    sign_engine(ours, "test")
    with applications.connect() as application:
        application.execute(
            text("CREATE TABLE IF NOT EXISTS jobs AS SELECT n AS id, n % 7 AS status FROM generate_series(1, 500) n")
        )
        yield Watched(application, ours)


@contextmanager
def private_server(settings: Mapping[str, str]) -> Iterator[PostgresServer]:
    """A server of our own, for what its settings or its restart decide."""
    environ = {name: value for name, value in os.environ.items() if name != POSTGRES_URL}
    with state_folder(memory()) as folder, postgres(folder, environ, settings=settings) as server:
        yield server
