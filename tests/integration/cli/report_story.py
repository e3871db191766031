"""A week in a ledger, with something of everything that a report tells."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.ledger.models.alerts import Alert
from celeriac.ledger.models.caching import WarmRun
from celeriac.ledger.models.changes import Change, Control
from celeriac.ledger.models.findings import Finding
from celeriac.ledger.models.measurements import MetricRollup, MetricSeries
from celeriac.ledger.models.regressions import Regression, StatementHour
from celeriac.ledger.models.workload import StatementText, StatementWindow, WindowStatement

HOUR = timedelta(hours=1)
HOURS = 7 * 24
SPITE = '</style><script>alert("x")</script>'
"""What an application, or somebody who hates it, may have written into a statement or a name."""

STATEMENTS = (
    ("a1", "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2", 2_400, 9.0),
    ("b2", "SELECT p.*, s.quantity FROM products p JOIN stock s ON s.product_id = p.id WHERE p.kind = $1", 900, 14.0),
    ("c3", "UPDATE carts SET total = total + $1, touched_at = now() WHERE id = $2", 5_200, 0.6),
    ("d4", f"SELECT id FROM reviews WHERE body LIKE $1 /* {SPITE} */", 60, 85.0),
    ("e5", "INSERT INTO events (kind, payload, at) VALUES ($1, $2, now())", 21_000, 0.08),
    ("f6", "SELECT count(*) FROM sessions WHERE expires_at > now()", 360, 21.0),
    ("g7", "SELECT " + ", ".join(f"c.column_{n}" for n in range(40)) + " FROM customers c", 800, 1.9),
)  # fmt: skip


def fill(url: str, *, paused: bool = False) -> datetime:
    """Write the week into the ledger; returns the ledger's clock."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as ledger:
        now: datetime = ledger.execute(text("SELECT clock_timestamp()")).scalar_one()
        workload(ledger, now)
        done = changes(ledger, now)
        regressions(ledger, now, done)
        faults(ledger, now)
        measurements(ledger, now)
        if paused:
            add(ledger, Control, target="main", paused=True, reason="release <night>", actor="cli:ann")
    engine.dispose()
    return now


def workload(ledger: Connection, now: datetime) -> None:
    """Hours of a week, and the windows since the last full hour."""
    for name, query, _, _ in STATEMENTS:
        add(ledger, StatementText, target="main", fingerprint=name, role="shop", text=query)
    top = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [row for back in range(1, HOURS + 1) for row in hour(top - back * HOUR, back)]
    ledger.execute(StatementHour.__table__.insert(), rows)
    for started_at, ended_at in ((top, top + (now - top) / 2), (top + (now - top) / 2, now)):
        share = (ended_at - started_at) / HOUR
        other = {"calls": 10, "total_ms": 30.0, "shared_hit_blocks": 5, "shared_read_blocks": 0}
        window = add(ledger, StatementWindow, target="main", started_at=started_at, ended_at=ended_at, complete=True,
                     server={"other": other})  # fmt: skip
        for name, _, calls, mean in STATEMENTS:
            ran = max(1, round(calls * share))
            add(ledger, WindowStatement, window_id=window, fingerprint=name, **counters(ran, mean * slowed(name, 0)))


def hour(at: datetime, back: int) -> list[dict[str, Any]]:
    """One hour of every statement: busier by day, and one of them slower since yesterday."""
    traffic = 1.2 + math.sin((at.hour - 7) / 24 * 2 * math.pi)
    rows = [
        {"target": "main", "at": at, "fingerprint": name, "seconds": 3_600.0, "time_flutter": 0.1, "calls_flutter": 0.1,
         **counters(round(calls * traffic), mean * slowed(name, back))}
        for name, _, calls, mean in STATEMENTS
    ]  # fmt: skip
    whole = {"target": "main", "at": at, "fingerprint": "*", "seconds": 3_600.0, "time_flutter": 0, "calls_flutter": 0}
    return [*rows, whole | counters(500, 0.5)]


def slowed(name: str, back: int) -> float:
    if name == "f6":
        return 3.2 if back < 20 else 1.0
    if name == "a1":
        return 1.0 if back < 70 else 2.6
    return 1.0


def counters(calls: int, mean: float) -> dict[str, Any]:
    return {
        "calls": calls, "total_ms": calls * mean, "square_ms2": calls * mean**2, "rows": calls,
        "shared_hit_blocks": calls * 40, "shared_read_blocks": calls, "shared_dirtied_blocks": 0,
        "shared_written_blocks": 0, "temp_blocks": 0, "io_ms": 0.0, "wal_bytes": 0, "plan_ms": 0.0,
    }  # fmt: skip


def changes(ledger: Connection, now: datetime) -> dict[str, int]:
    """One change of every end, and what is open."""

    def change(kind: str, state: str, back: float, table: str, ddl: str, reason: str, **more: Any) -> int:
        values = {
            "target": "main", "kind": kind, "state": state, "state_since": now - timedelta(hours=back),
            "created_at": now - timedelta(hours=back + 30), "schema_name": "public", "table_name": table,
            "identity": f"{table}{ddl}", "definition": {}, "ddl": ddl, "origin": "advisor", "reason": reason,
            "promised": {}, "evidence": {}, "actor": "celeriac",
        }  # fmt: skip
        return add(ledger, Change, **(values | more))

    build = "CREATE INDEX CONCURRENTLY ON {} USING btree ({})".format
    return {
        "kept": change(
            "build", "kept", 68, "orders", build("orders", "customer_id, created_at DESC"),
            "orders of a customer are asked for 2,400 times an hour", size_bytes=41 * 2**20,
            promised={"saving_ms_per_hour": 39_000.0},
            evidence={"saved_ms_per_hour": 34_560.0, "reason": "it saves 34.6 s an hour, 94% of the time concerned"},
        ),
        "reverted": change(
            "build", "reverted", 30, "carts", build("carts", "touched_at"), "carts are swept by age",
            size_bytes=3 * 2**20, promised={"saving_ms_per_hour": 4_100.0},
            evidence={"saved_ms_per_hour": -2_900.0, "reason": "writes lose 2.9 s an hour, reads gain nothing"},
        ),
        "dropped": change(
            "drop", "dropped", 9, "sessions", 'DROP INDEX CONCURRENTLY "public"."sessions_expires_at_idx"',
            "no server has used it for 34 days", size_bytes_estimated=220 * 2**20,
            evidence={"reason": "nothing got measurably worse without it"},
        ),
        "rebuilt": change(
            "rebuild", "kept", 12, "events", 'REINDEX INDEX CONCURRENTLY "public"."events_pkey"',
            "71% of it is empty", size_bytes=58 * 2**20, promised={"size_bytes": 201 * 2**20},
            evidence={"size_bytes_before": 201 * 2**20, "reason": "it took 201.0 MiB and takes 58.0"},
        ),
        "failed": change(
            "build", "failed", 50, "reviews", build("reviews", "body"), "reviews are searched by body",
            promised={"saving_ms_per_hour": 900.0},
            last_error="a row is too long for a b-tree index",
        ),
        "approved": change(
            "build", "approved", 2, "stock", build("stock", "product_id"), "the join of products and stock",
            promised={"saving_ms_per_hour": 8_200.0}, last_error="the database is busy: 41 of 40 sessions run",
        ),
        "proposed": change(
            "build", "proposed", 5, "products", build("products", "category"),
            f"products of a category are asked for 900 times an hour {SPITE}", size_bytes_estimated=6 * 2**20,
            promised={"saving_ms_per_hour": 11_400.0}, deadline=now + timedelta(days=6),
        ),
        "surplus": change(
            "drop", "proposed", 5, "customers", 'DROP INDEX CONCURRENTLY "public"."customers_email_idx"',
            "customers_email_key begins with the same keys; 96 MiB are freed", size_bytes_estimated=96 * 2**20,
        ),
    }  # fmt: skip


def regressions(ledger: Connection, now: datetime, done: dict[str, int]) -> None:
    """One after a change of ours, one of traffic, one that is over."""

    def regression(name: str, cause: str, back: float, ms: float, sentence: str, **more: Any) -> None:
        values = {
            "target": "main", "fingerprint": name, "cause": cause, "sentence": sentence, "ratio": 3.2, "baseline": {},
            "now": {}, "ms_per_hour": ms, "first_seen": now - timedelta(hours=back), "last_seen": now,
        }  # fmt: skip
        add(ledger, Regression, **(values | more))

    regression(
        "f6", "plan", 8.5, 16_600.0,
        "A call takes 3.2 times as long as is usual (21.0 ms -> 67.2 ms), 16.6 s more an hour: it touches 9 times as "
        "many blocks for the same rows",
        change_id=done["dropped"],
    )  # fmt: skip
    regression("e5", "traffic", 40, 1_700.0, "It is called 2.1 times as often as is usual", ratio=2.1)
    regression("d4", "data", 100, 5_100.0, "A call takes 1.6 times as long: twice the rows", ratio=1.6,
               resolved_at=now - timedelta(hours=3), ending="back")  # fmt: skip
    regression("b2", "plan", 15, 4_200.0, "A call takes 1.4 times as long: more blocks for the same rows", ratio=1.4)


def faults(ledger: Connection, now: datetime) -> None:
    """Findings with and without a cure, and alerts that fire or do not yet."""
    for check, subject, severity, sentence, cure in (
        ("sequences", "public.events_id_seq", "critical", "It has used 94% of its numbers and lasts about 19 days.",
         "ALTER TABLE public.events ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE public.events_id_seq AS bigint;"),
        ("stale_statistics", "public.orders", "warning", "1,200,000 rows changed since it was analysed 9 days ago.",
         "ANALYZE public.orders;"),
        ("idle_in_transaction", f"pid 4711 {SPITE}", "warning", "It has been idle for 42 minutes.", None),
    ):  # fmt: skip
        add(ledger, Finding, target="main", check_name=check, subject=subject, severity=severity, sentence=sentence,
            cure=cure, evidence={}, first_seen=now - timedelta(days=2))  # fmt: skip
    for rule, state, sentence in (
        ("replication_lag", "firing", "The replica is 93 s behind; 30 are allowed."),
        ("connections", "pending", "Nearly all connections are taken."),
    ):
        add(ledger, Alert, target="main", rule=rule, subject="main", severity="warning", sentence=sentence, value=93.0,
            state=state, since=now - HOUR, last_seen=now)  # fmt: skip


def measurements(ledger: Connection, now: datetime) -> None:
    """Sessions, blocks and look-ups of each hour."""
    top = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for name, labels, value in (
        ("celeriac_postgres_connections", {"state": "active"}, lambda n: 4 + 3 * math.sin(n / 4)),
        ("celeriac_postgres_connections", {"state": "idle"}, lambda n: 18 + 5 * math.sin(n / 4)),
        ("celeriac_postgres_connections", {"state": "idle in transaction"}, lambda n: float(n % 3)),
        ("celeriac_postgres_blocks_total", {"source": "hit"}, lambda n: 100_000.0 * n + 9_000 * math.sin(n / 5)),
        ("celeriac_postgres_blocks_total", {"source": "read"}, lambda n: 3_000.0 * n),
        ("celeriac_cache_lookups_total", {"namespace": "products", "outcome": "hit"}, lambda n: 900.0 * n),
        ("celeriac_cache_lookups_total", {"namespace": "products", "outcome": "miss"},
         lambda n: 130.0 * n + 60 * math.sin(n / 3)),
    ):  # fmt: skip
        series = add(ledger, MetricSeries, target="main", name=name, labels=labels)
        points = [(top - back * HOUR, value(HOURS - back)) for back in range(HOURS, -1, -1)]
        ledger.execute(
            MetricRollup.__table__.insert(),
            [
                {"series_id": series, "step": "hour", "at": at, "count": 1, "sum": one, "minimum": one, "maximum": one,
                 "last": one}
                for at, one in points
            ],
        )  # fmt: skip
    add(ledger, WarmRun, target="main", kind="cache", seconds=1.5, warmed=1_200, bytes=2_048, detail={})


def add(ledger: Connection, model: Any, **values: Any) -> int:
    """Insert one row and return the first part of its key."""
    row = ledger.execute(model.__table__.insert().values(**values)).inserted_primary_key
    assert row is not None
    return row[0]
