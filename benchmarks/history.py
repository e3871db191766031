"""How large a year of history becomes: days are written as the tasks write them, and their rows weighed on disk."""

import statistics
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.ledger.migrate import migrate
from celeriac.metrics import history
from celeriac.metrics.policy import MetricsPolicy
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions.policy import RegressionPolicy
from sandbox.databases import create
from sandbox.postgres import PostgresServer

SERIES, STATEMENTS = 300, 200
_OF = {"median": statistics.median, "least": min}
_SAMPLES_A_DAY, _WINDOWS_A_DAY = 2_880, 1_440


def year(server: PostgresServer) -> dict[str, Any]:
    """Write some days, weigh a row of each kind with its indexes, and add up what a year keeps."""
    url = create(server, "history")
    migrate(url)
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        run(connection, "history_fill.sql")
        connection.execute(text("VACUUM ANALYZE"))
        sizes = _sizes(connection)
        plots = _plots(connection)
    kept = _kept()
    bytes_ = {name: round(rows * sizes[table]) for name, (table, rows) in kept.items()}
    return {
        "series": SERIES,
        "statements": STATEMENTS,
        "bytes_by_kind": bytes_,
        "total_gb": round(sum(bytes_.values()) / 1e9, 3),
        "bytes_a_row": {table: round(size, 1) for table, size in sizes.items()},
        "seven_day_plot_ms": plots,
    }


def _kept() -> dict[str, tuple[str, float]]:
    """Return the rows that are kept at the end of a year, by the policies' defaults."""
    metrics, windows, hours = MetricsPolicy(), StatementPolicy(), RegressionPolicy()
    day = 86_400
    return {
        "samples": ("metric_sample", SERIES * _SAMPLES_A_DAY * metrics.keep_samples.total_seconds() / day),
        "minutes": ("metric_rollup", SERIES * metrics.keep_minutes.total_seconds() / 60),
        "hours": ("metric_rollup", SERIES * metrics.keep_hours.total_seconds() / 3600),
        "days": ("metric_rollup", SERIES * min(365, metrics.keep_days.days)),
        "windows": ("window_statement", STATEMENTS * _WINDOWS_A_DAY * windows.keep.total_seconds() / day),
        "hours of statements": (
            "statement_hour",
            STATEMENTS * min(365 * 24, hours.keep_hours.total_seconds() / 3600),
        ),
    }


def run(connection: Connection, name: str) -> None:
    """Run the statements of a file beside this one."""
    for statement in (Path(__file__).parent / name).read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _sizes(connection: Connection) -> dict[str, float]:
    """Return the bytes of one row of each table, with its share of indexes."""
    tables = ("metric_sample", "metric_rollup", "window_statement", "statement_hour")
    return {
        table: connection.execute(
            text(f"SELECT pg_total_relation_size('celeriac.{table}')::float8 / count(*) FROM celeriac.{table}")
        ).scalar_one()
        for table in tables
    }


def _plots(connection: Connection) -> dict[str, float]:
    """Return what the queries behind a plot of seven days take."""
    statement = text(
        "SELECT at, calls, total_ms FROM celeriac.statement_hour WHERE target = 'main' AND fingerprint = :fingerprint "
        "AND at = ANY (ARRAY(SELECT generate_series(date_trunc('hour', now()) - interval '7 days', now(), '1 hour')))"
    )
    name = connection.execute(text("SELECT fingerprint FROM celeriac.statement_hour LIMIT 1")).scalar_one()
    now = connection.execute(text("SELECT now()")).scalar_one()
    since = connection.execute(text("SELECT now() - interval '7 days'")).scalar_one()
    took: dict[str, list[float]] = {"metric of 20 series": [], "statement": []}
    for _ in range(15):
        began = time.perf_counter()
        assert history.read(connection, "main", "celeriac_postgres_connections", since=since, until=now)
        took["metric of 20 series"].append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        assert len(connection.execute(statement, {"fingerprint": name}).all()) > 160
        took["statement"].append((time.perf_counter() - began) * 1000)
    return {f"{kind}, {what}": round(of(ms), 1) for kind, ms in took.items() for what, of in _OF.items()}
