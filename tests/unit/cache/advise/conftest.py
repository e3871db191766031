"""A shop's catalog made by hand, and advice on statements in one line each."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from celeriac.cache.advise import CacheAdvice, CacheAdvicePolicy, ServerFacts, advise
from celeriac.statements.catalog.tables import AGGREGATES, Catalog, Column, ExistingIndex, Table
from celeriac.statements.statement import Counters, Statement, fingerprint
from celeriac.statements.workload import Workload


def unique(table: str, column: str) -> ExistingIndex:
    return ExistingIndex(1, f"{table}_{column}_key", "btree", (column,), (), None, "", True, True, True, True, 8192, 0)


USERS = Table(
    1, "public", "users", "r", 1_000, 10,
    (Column("id", "bigint", distinct=-1), Column("email", "text", distinct=-1, average_width=20),
     Column("role", "text", distinct=4), Column("last_login_at", "timestamp with time zone", distinct=-0.9),
     Column("password_hash", "text", distinct=-1)),
    indexes=(unique("users", "id"), unique("users", "email")),
)  # fmt: skip
JOBS = Table(
    2, "public", "jobs", "r", 100_000, 1_000,
    (Column("id", "bigint", distinct=-1), Column("user_id", "bigint", distinct=1_000),
     Column("status", "text", distinct=3, common_values=("done",), common_shares=(0.9,)),
     Column("created_at", "timestamp with time zone", distinct=-1), Column("day", "date", distinct=30),
     Column("body", "bytea", average_width=500), Column("progress", "integer", distinct=100)),
    indexes=(unique("jobs", "id"),),
)  # fmt: skip
ORDERS = Table(
    3, "public", "orders", "r", 5_000, 50,
    (Column("id", "bigint", distinct=-1), Column("user_id", "bigint", distinct=500),
     Column("paid", "boolean"), Column("total", "numeric", distinct=-0.5)),
    indexes=(unique("orders", "id"),),
)  # fmt: skip
EVENTS = Table(
    4, "public", "events", "p", 9_000, 90, (Column("id", "bigint"), Column("user_id", "bigint", distinct=300))
)
SHOP = Catalog(
    tables={
        ("public", "orders"): ORDERS,
        ("public", "events"): EVENTS,
        ("public", "events_2024"): replace(EVENTS, oid=5, name="events_2024", kind="r", parent_oid=4),
        ("audit", "log"): Table(
            6, "audit", "log", "r", 900, 9, (Column("id", "bigint"), Column("actor", "text", distinct=9))
        ),
        ("public", "users"): USERS,
        ("public", "jobs"): JOBS,
    },
    views={
        ("public", "endless"): "SELECT * FROM endless",
        ("public", "open_jobs"): "SELECT id, user_id FROM jobs WHERE status = 'open'",
        ("public", "lately"): "SELECT id, user_id FROM jobs WHERE created_at > now() - interval '1 day'",
    },
    server_version=150000,
    unindexable_functions=AGGREGATES | {"random"},
)
FACTS = ServerFacts()
READ = "SELECT status, count(*) FROM jobs WHERE user_id = $1 GROUP BY status"


def statement(text: str, calls: int = 100_000, mean_ms: float = 20.0, rows: float = 3.0) -> Statement:
    """A statement as measured over one hour."""
    counters = Counters(calls=calls, total_ms=calls * mean_ms, rows=round(calls * rows))
    return Statement(fingerprint("app", text), "app", text, counters)


Advise = Callable[..., CacheAdvice]


@pytest.fixture
def advice() -> Advise:
    """Advise on what one hour saw: a reading statement, and writing ones."""

    def given(
        read: str | Statement, *writes: Statement, server: ServerFacts = FACTS, unseen=None, **policy: object
    ) -> CacheAdvice:
        one = statement(read) if isinstance(read, str) else read
        return advise(Workload((one, *writes), hours=1.0), SHOP, CacheAdvicePolicy(**policy), server, unseen)

    return given


@pytest.fixture
def refusal(advice: Advise) -> Callable[..., str]:
    """The reason why a statement is not to be cached."""

    def reason(*given: object, **options: object) -> str:
        told = advice(*given, **options)
        assert told.cacheable == ()
        return told.refused[0].reason

    return reason
