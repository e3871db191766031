"""A target with a table and a ledger, and the words in which the tests of maintenance speak."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from celeriac.maintenance import need, perform, propose, reading, runs
from celeriac.maintenance.conclude import Result
from celeriac.maintenance.need import Need
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.maintenance.runs import Run
from celeriac.maintenance.sessions import Told
from celeriac.supervision.sessions import Sessions

TARGET = "main"
JOBS = """
    CREATE TABLE jobs (id bigint PRIMARY KEY, user_id int, note text DEFAULT repeat('x', 300))
        WITH (autovacuum_enabled = false);
    INSERT INTO jobs SELECT i, i % 1000 FROM generate_series(1, 10000) i;
"""
EAGER = Told(
    MaintenancePolicy(
        analyze_mode="auto",
        vacuum_mode="auto",
        settings_mode="auto",
        min_rows=1_000,
        min_dead_rows=1_000,
        max_dead_rows=1_000,
        min_interval=timedelta(0),
        lock_timeout_ms=300,
        poll_s=0.02,
        retry_after=timedelta(0),
        cost_delay_ms=0,
    ),
    Limits(cores=100),
)
SLOWLY = {"cost_delay_ms": 100, "cost_limit": 1}
"""So that a vacuum or analyze of a few pages takes minutes."""


@dataclass
class Care:
    """One target and everything that may be done to it."""

    engine: Engine
    sessions: Sessions
    told: Told = EAGER

    def sql(self, statement: str, **values: Any) -> Any:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.scalar() if result.returns_rows else None

    def by_itself(self, statement: str) -> None:
        """Run what cannot run in a transaction."""
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def session(self, *statements: str) -> Iterator[Connection]:
        """Another client with an open transaction."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
            yield connection

    @contextmanager
    def ledger(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def needs(self) -> tuple[Need, ...]:
        found, _ = need.needs(
            reading.tables(self.sessions.watch), reading.server(self.sessions.watch), self.told.policy
        )
        return tuple(one for one in found if one.table.schema_name == "public")

    def propose(self) -> dict[str, Run]:
        """One round; the runs that it proposed or renewed, by kind."""
        with self.ledger() as ledger:
            return {run.kind: run for run in propose.propose_all(ledger, TARGET, self.needs(), self.told.policy)}

    def approved(self, kind: str, actor: str = "anna") -> Run:
        run = self.propose()[kind]
        with self.ledger() as ledger:
            return propose.approve(ledger, run, actor=actor, policy=self.told.policy)

    def perform(self, run: Run) -> Result:
        return perform.perform(self.sessions, run, self.told)

    def now(self, run: Run) -> Run:
        with self.ledger() as ledger:
            return runs.get(ledger, run.id, TARGET)

    def story(self, run: Run) -> list[str]:
        with self.ledger() as ledger:
            return [event.to_state.removeprefix("maintenance ") for event in runs.history(ledger, run)]

    def options(self) -> list[str]:
        return sorted(self.sql("SELECT reloptions FROM pg_class WHERE relname = 'jobs'") or [])

    def with_policy(self, **thresholds: Any) -> "Care":
        return replace(self, told=replace(self.told, policy=replace(self.told.policy, **thresholds)))

    def with_limits(self, **bounds: Any) -> "Care":
        return replace(self, told=replace(self.told, limits=replace(self.told.limits, **bounds)))

    def anew(self) -> "Care":
        """The same with sessions of its own, as another worker has them; the caller closes them by `engine`."""
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        return replace(self, sessions=Sessions(autocommit.connect(), autocommit.connect(), self.engine.begin))

    def close(self) -> None:
        self.sessions.ddl.close()
        self.sessions.watch.close()

    def dirty(self) -> None:
        """Half of the rows die, on pages that are not visible to all."""
        self.by_itself("VACUUM (ANALYZE) jobs")
        self.sql("DELETE FROM jobs WHERE id % 2 = 0")
        # A session hands in what it counted as it ends, a moment after its client has gone.
        until(lambda: self.sql("SELECT pg_stat_get_dead_tuples('jobs'::regclass) > 0"))


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Poll until a condition holds; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not come to hold"
        time.sleep(0.01)
    return value


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Run `work` in a thread; yields a function that waits for its result."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        yield lambda: running.result(20)
