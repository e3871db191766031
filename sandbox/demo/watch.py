"""Look over the loop's shoulder once a second: the raw counters of the API's statements, and the ledger's changes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, inspect, select, text

from celeriac.ledger.models import SCHEMA
from celeriac.ledger.models.caching import WarmRun
from celeriac.ledger.models.changes import Change
from celeriac.sql import load
from sandbox.demo.report import Reading, Readings
from sandbox.demo.stage import APPLICATION_ROLE

FINAL = frozenset({"kept", "reverted", "rejected", "expired", "failed", "lost", "dropped", "restored"})
UNDER_WAY = frozenset({"approved", "baselined", "building", "settling", "verifying", "reverting"})
PERIOD_S = 1.0


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One row of the ledger, as it was at the instant."""

    id: int
    state: str
    ddl: str
    table: str
    reason: str
    why_ended: str
    size_bytes: int
    origin: str
    is_estimated: bool
    """Promised from statistics alone, without the planner."""
    build_started_at: datetime | None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything as it was at one instant."""

    at: float
    """`time.monotonic`."""
    readings: Readings
    changes: tuple[ChangeSeen, ...]

    @property
    def has_built(self) -> bool:
        """Whether any index was begun."""
        return any(change.build_started_at is not None for change in self.changes)

    @property
    def is_settled(self) -> bool:
        """Whether something was decided and nothing is under way."""
        return bool(self.changes) and not any(change.state in UNDER_WAY for change in self.changes)


@dataclass(slots=True)
class Watch:
    """What was seen so far; the glances are only ever appended to."""

    glances: list[Glance] = field(default_factory=list)
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def latest(self) -> Glance:
        """The last glance; there is one from the start."""
        if self.error is not None:
            raise self.error
        return self.glances[-1]

    @property
    def planner_verified(self) -> bool:
        """Whether the planner was asked about everything that was proposed."""
        return not any(change.is_estimated for change in self.latest.changes)

    def close(self) -> None:
        """Look no more; what was seen stays."""
        self.done.set()

    def last_before_building(self) -> Glance:
        """The last glance at which nothing had been begun."""
        return next((glance for glance in reversed(self.glances) if not glance.has_built), self.glances[0])


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    """Look once a second until the block ends."""
    engine = create_engine(url, poolclass=NullPool)
    watch = Watch([look(engine)])
    thread = threading.Thread(target=_keep_looking, args=(engine, watch), name="watch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.close()
        thread.join()
        engine.dispose()


def look(engine: Engine) -> Glance:
    """Take one glance."""
    with engine.connect() as connection:
        return Glance(time.monotonic(), read(connection), _changes(connection))


def read(connection: Connection) -> Readings:
    """Read the cumulative counters of the API's statements."""
    rows = connection.execute(load(__file__, "readings"), {"role": APPLICATION_ROLE})
    return {str(row.query_id): Reading(row.query, row.calls, row.total_ms, row.blocks) for row in rows}


def count_invalid(connection: Connection) -> int:
    """Count the invalid indexes in the database: a tidy loop leaves none."""
    return int(connection.execute(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).scalar_one())


def count_warmed(connection: Connection) -> int:
    """Count the keys that the cache's warmers have written."""
    written = select(func.coalesce(func.sum(WarmRun.warmed), 0)).where(WarmRun.kind == "cache")
    return int(connection.execute(written).scalar_one())


def _keep_looking(engine: Engine, watch: Watch) -> None:
    try:
        while not watch.done.wait(PERIOD_S):
            watch.glances.append(look(engine))
    except Exception as error:  # noqa: BLE001 - handed to whoever asks for the latest glance
        watch.error = error


def _changes(connection: Connection) -> tuple[ChangeSeen, ...]:
    if not inspect(connection).has_table(Change.__tablename__, schema=SCHEMA):
        return ()
    table = Change.__table__.c
    rows = connection.execute(select(*table).order_by(table.id))
    return tuple(
        ChangeSeen(
            id=row.id,
            state=row.state,
            ddl=row.ddl,
            table=row.table_name,
            reason=row.reason,
            why_ended=row.last_error or str(row.evidence.get("reason", "")),
            size_bytes=row.size_bytes or row.size_bytes_estimated or 0,
            origin=row.origin,
            is_estimated=row.promised.get("sureness") == "estimated",
            build_started_at=row.build_started_at,
        )
        for row in rows
    )
