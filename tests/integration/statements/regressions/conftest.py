"""A ledger with two days of eleven statements that ran alike, as the captures would have left it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.sql import sign_engine
from celeriac.statements.regressions.policy import RegressionPolicy

POLICY = RegressionPolicy()
HOURS = 36
JOBS = "SELECT * FROM jobs WHERE status = $1"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger, and an instant at which a window of five minutes has just been captured."""

    connection: Connection
    now: datetime

    def scalar(self, statement: str, **values: object) -> object:
        return self.connection.execute(text(statement), values).scalar()

    def hours(self, fingerprint: str, *, ms: float = 10.0, calls: int = 1200, hours: int = HOURS) -> None:
        """Write the hours of one statement, up to the last complete one."""
        self.connection.execute(
            text(
                "INSERT INTO celeriac.statement_hour "
                "SELECT 'main', date_trunc('hour', CAST(:now AS timestamptz), 'UTC') - n * interval '1 hour', "
                ":fingerprint, 3600, :calls, :calls * m, :calls * m * m * 1.25, 5 * :calls, "
                "50 * :calls, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM (SELECT n, :ms * (1 + 0.05 * sin(n * 2.3)) AS m "
                "FROM generate_series(1, :hours) AS n) AS g"
            ),
            {"now": self.now, "fingerprint": fingerprint, "ms": ms, "calls": calls, "hours": hours},
        )

    def statement(self, fingerprint: str, body: str = JOBS, *, days: int = 3) -> None:
        """Write a statement's text, first seen so many days ago."""
        self.connection.execute(
            text(
                "INSERT INTO celeriac.statement (target, fingerprint, role, text, first_seen) "
                "VALUES ('main', :fingerprint, 'app', :body, clock_timestamp() - :days * interval '1 day')"
            ),
            {"fingerprint": fingerprint, "body": body, "days": days},
        )

    def window(
        self, ended_at: datetime, statements: dict[str, tuple[int, float, int, int]], minutes: float = 1
    ) -> None:
        """Write a capture of so many minutes: (calls, ms, rows, blocks) a call by fingerprint."""
        window_id = self.scalar(
            "INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server) "
            'VALUES (\'main\', :started_at, :ended_at, true, \'{"other": {"calls": 3, "total_ms": 2}}\') RETURNING id',
            started_at=ended_at - timedelta(minutes=minutes),
            ended_at=ended_at,
        )
        for fingerprint, (calls, ms, rows, blocks) in statements.items():
            self.connection.execute(
                text(
                    "INSERT INTO celeriac.window_statement SELECT :id, :fingerprint, :calls, :calls * :ms, "
                    ":calls * :ms * :ms * 1.25, :calls * :rows, :calls * :blocks, 0, 0, 0, 0, 0, 0, 0"
                ),
                {"id": window_id, "fingerprint": fingerprint, "calls": calls, "ms": ms, "rows": rows, "blocks": blocks},
            )

    def five_minutes(self, number: int, load: float = 1.0, **statements: tuple[int, float, int, int]) -> None:
        """Write window `number` (0 is the newest, -1 the one before) in five captures, beside ten steady statements."""
        others = {f"other{place}": (20, load, 5, 50) for place in range(10)}
        for minute in range(5):
            ended_at = self.now + timedelta(minutes=5 * number - minute, seconds=-30)
            self.window(ended_at, {**others, **{name: (c // 5, *of) for name, (c, *of) in statements.items()}})


@pytest.fixture
def state(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    sign_engine(engine, "test")
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def ledger(state: Connection) -> Ledger:
    """Two days of history, and the beginning of a window in the middle of an hour."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    written = Ledger(state, hour + timedelta(minutes=30))
    for place in range(10):
        written.hours(f"other{place}", ms=1.0)
    written.hours("*", calls=0)
    written.hours("jobs")
    written.statement("jobs")
    return written
