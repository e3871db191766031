"""A database with a ledger in it, the sessions of a loop, and its words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from celeriac.indexes import build, ddl, propose
from celeriac.indexes.index import IndexDefinition, Recommendation, StatementGain
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, VerifyPolicy
from celeriac.indexes.sessions import Policies
from celeriac.ledger import changes
from celeriac.ledger.changes import Change, NotProposed
from celeriac.ledger.migrate import migrate
from celeriac.statements.capture import capture
from celeriac.statements.catalog import read_catalog
from celeriac.statements.policy import StatementPolicy
from celeriac.supervision.sessions import Sessions
from sandbox.databases import create, create_extensions, drop
from sandbox.postgres import PostgresServer

TARGET = "main"
SEED = 20_260
"""Of what is published; other seeds are given as arguments, and keep nothing."""
POLICIES = Policies(
    # The machine is small and busy on purpose: what is measured here is the verdict, not the guards.
    guard=GuardPolicy(max_active_backends_per_core=100, min_disk_free_ratio=0.0, max_changes_per_day=1_000_000),
    build=BuildPolicy(poll_s=0.1, retry_after=timedelta(seconds=1), maintenance_work_mem="64MB"),
    verify=VerifyPolicy(
        min_settling=timedelta(seconds=3), min_duration=timedelta(seconds=15), max_duration=timedelta(seconds=60)
    ),
    loop=LoopPolicy(mode="approve", reverts_before_approve=1_000_000),
)
"""Windows of minutes and days are seconds here; every other threshold is the default."""
SERVER = {"shared_buffers": "512MB", "pg_stat_statements.max": "5000", "max_wal_size": "4GB"}


@dataclass(frozen=True)
class Stage:
    """One target with its ledger, and what a loop does to it."""

    engine: Engine
    dsn: str
    sessions: Sessions
    policies: Policies = POLICIES

    def sql(self, statement: str, **values: Any) -> Any:
        """Run one statement in a transaction of its own; returns the first value of what it answers."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.scalar() if result.returns_rows else None

    def capture(self) -> int:
        """Close a window, as the task does."""
        with self.engine.connect() as target, self.engine.begin() as ledger:
            return capture(target, ledger, TARGET, StatementPolicy()).window_id

    def approved(
        self, definition: IndexDefinition, fingerprints: Sequence[str] = (), origin: str = "advisor"
    ) -> Change:
        """Propose an index in the advisor's place and approve it in a person's."""
        recommendation = Recommendation(
            definition=definition,
            ddl=ddl.create(definition),
            size_bytes=4_000_000,
            saving_ratio=0.5,
            saving_ms_per_hour=100_000.0,
            write_ms_per_hour=0.0,
            statements=tuple(StatementGain(one, "", 1.0, 1.0, 1.0, 1.0) for one in fingerprints),
            reason="the scenario says so",
        )
        with self.engine.connect() as connection:
            table = read_catalog(connection).find(definition.schema, definition.table)
        with self.engine.begin() as ledger:
            change = propose.propose(
                ledger, TARGET, recommendation, table=table, origin=origin, actor="benchmark", policy=self.policies.loop
            )
            assert not isinstance(change, NotProposed), change.reason
            return propose.approve(ledger, change, actor="benchmark", policy=self.policies.loop)

    def build(self, change: Change, **given: Any) -> build.Result:
        """Build as the task does."""
        return build.build(self.sessions, change, self.policies, capture=self.capture, **given)

    def now(self, change: Change) -> Change:
        """Return a change as the ledger has it."""
        with self.engine.begin() as ledger:
            return changes.get(ledger, change.id, TARGET)

    def told(self, policies: Policies) -> "Stage":
        """Return the same stage under other policies."""
        return replace(self, policies=policies)


@contextmanager
def stage(server: PostgresServer, name: str) -> Iterator[Stage]:
    """Yield a fresh database with the extensions and a ledger."""
    url = create(server, name)
    try:
        create_extensions(server, name)
        migrate(url)
        with opened(url, server.dsn(name)) as one:
            yield one
    finally:
        drop(server, name)


@contextmanager
def opened(url: str, dsn: str) -> Iterator[Stage]:
    """Open the sessions of a loop on a database that has a ledger, as a worker does at its start."""
    engine = create_engine(url, poolclass=NullPool)
    with connected(engine) as ddl_session, connected(engine) as watch:
        yield Stage(engine, dsn, Sessions(ddl_session, watch, engine.begin))
    engine.dispose()


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Open an autocommit connection that waits for locks for as long as a worker's does."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SET lock_timeout = '2s'"))
        yield connection
