"""A target with a table and a ledger, and the words in which the tests of the loop speak."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from celeriac.indexes import build, catalog_state, propose
from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation, StatementGain
from celeriac.indexes.policy import BuildPolicy, GuardPolicy, LoopPolicy, VerifyPolicy
from celeriac.indexes.sessions import Policies
from celeriac.ledger import audit, changes
from celeriac.ledger.changes import Change, NotProposed
from celeriac.supervision.sessions import Sessions

TARGET = "main"
JOBS = """
    CREATE TABLE jobs (id bigint PRIMARY KEY, user_id int, status text, note text DEFAULT '');
    INSERT INTO jobs SELECT i, i % 1000, CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'done' END FROM generate_series(1, 20000) i;
    ANALYZE jobs;
"""  # noqa: E501
BY_USER = IndexDefinition("public", "jobs", (KeyPart("user_id"),))
BY_STATUS = IndexDefinition("public", "jobs", (KeyPart("status"),), where="status = 'failed'")
BY_LOWER = IndexDefinition("public", "jobs", (KeyPart("lower(status)", is_expression=True),))

EAGER = Policies(
    guard=GuardPolicy(max_active_backends_per_core=100, min_disk_free_ratio=0.0),
    build=BuildPolicy(lock_timeout_ms=300, poll_s=0.02, retry_after=timedelta(0), maintenance_work_mem="16MB"),
    verify=VerifyPolicy(min_settling=timedelta(0), min_duration=timedelta(0), min_calls=5),
    loop=LoopPolicy(mode="auto"),
)


def recommendation(definition: IndexDefinition, fingerprints: tuple[str, ...] = ()) -> Recommendation:
    return Recommendation(
        definition=definition,
        ddl="",
        size_bytes=1_000_000,
        saving_ratio=0.9,
        saving_ms_per_hour=10_000.0,
        write_ms_per_hour=0.0,
        statements=tuple(StatementGain(one, "", 1, 1, 1, 1) for one in fingerprints),
        reason="it saves a scan",
    )


@dataclass
class Loop:
    """One target and everything that may be done to it."""

    engine: Engine
    sessions: Sessions
    policies: Policies = EAGER

    @contextmanager
    def ledger(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def session(self, *statements: str) -> Iterator[Connection]:
        """Another client with an open transaction."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
            yield connection

    def sql(self, statement: str, **values: Any) -> Any:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.scalar() if result.returns_rows else None

    def propose(
        self, definition: IndexDefinition = BY_USER, fingerprints: tuple[str, ...] = (), origin: str = "advisor"
    ) -> Change:
        with self.ledger() as ledger:
            outcome = propose.propose(
                ledger,
                TARGET,
                recommendation(definition, fingerprints),
                table=None,
                origin=origin,
                actor="test",
                policy=self.policies.loop,
            )
        assert not isinstance(outcome, NotProposed), outcome.reason
        return outcome

    def approve(self, change: Change, actor: str = "auto") -> Change:
        with self.ledger() as ledger:
            return propose.approve(ledger, change, actor=actor, policy=self.policies.loop)

    def approved(self, definition: IndexDefinition = BY_USER, **given: Any) -> Change:
        return self.approve(self.propose(definition, **given))

    def build(self, change: Change, **given: Any) -> build.Result:
        return build.build(self.sessions, change, self.policies, capture=lambda: None, **given)

    def built(self, definition: IndexDefinition = BY_USER, **given: Any) -> Change:
        result = self.build(self.approved(definition, **given))
        assert isinstance(result, build.Built), result
        return result.change

    def now(self, change: Change) -> Change:
        with self.ledger() as ledger:
            return changes.get(ledger, change.id, TARGET)

    def story(self, change: Change) -> list[str]:
        with self.ledger() as ledger:
            return [event.to_state for event in audit.history(ledger, change.id)]

    def set_state(self, change: Change, state: str, **columns: Any) -> Change:
        """Put a change into a state as a crash at that point would have left it."""
        with self.ledger() as ledger:
            changes.note(ledger, change, state=state, **columns)
        return self.now(change)

    def indexes(self) -> list[str]:
        with self.engine.connect() as connection:
            return [index.name for index in catalog_state.ours(connection)]

    def invalid(self) -> int:
        return int(self.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"))

    def with_guard(self, **thresholds: Any) -> "Loop":
        return replace(self, policies=replace(self.policies, guard=replace(self.policies.guard, **thresholds)))

    def with_build(self, **thresholds: Any) -> "Loop":
        return replace(self, policies=replace(self.policies, build=replace(self.policies.build, **thresholds)))

    def leave_invalid(self, name: str, definition: str = "(user_id)") -> None:
        """Leave what a builder leaves that dies while it waits: an invalid index of that name."""
        with self.engine.connect() as waiting, self.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
            waiting = waiting.execution_options(isolation_level="AUTOCOMMIT")
            waiting.execute(text("SET lock_timeout = '50ms'"))
            with suppress(DBAPIError):
                waiting.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON jobs {definition}"))
            waiting.execute(text("RESET lock_timeout"))
        assert self.invalid() == 1


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
