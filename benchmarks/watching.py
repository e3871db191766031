"""What watching costs: a capture and a round of metrics on a large database, and a year of history on disk.

Database time is what the server itself counted for our signed statements in `pg_stat_statements`, which a busy machine
stretches; processor time is that of our backends. Rounds are measured apart as they come: most spare the dear samplers.
Run by `make bench-watching`.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, text

from benchmarks.history import run, year
from celeriac.ledger.migrate import migrate
from celeriac.metrics import history
from celeriac.metrics.collect import collect, failed
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sources import Broker, Sources
from celeriac.sql import sign_engine
from celeriac.statements.capture import capture
from celeriac.statements.policy import StatementPolicy
from celeriac.statements.regressions import memory
from celeriac.statements.regressions.find import find_regressions
from celeriac.statements.regressions.policy import RegressionPolicy
from sandbox.databases import create, create_extensions
from sandbox.postgres import PostgresServer, postgres
from sandbox.redis import redis_server
from sandbox.state import state_folder

RESULT = Path(__file__).parent / "results" / "watching.json"
TABLES, STATEMENTS = 5_000, 5_000
RUNNING = 1_000
"""Statements that ran in a window."""
ROUNDS = 15
PLAIN, TABLES_TOO, ALL = "metrics", "metrics, with tables", "metrics, all samplers"
NAME = "celeriac benchmark"
SETTINGS = {"pg_stat_statements.max": "10000", "shared_buffers": "512MB", "max_locks_per_transaction": "2048"}
SPENT = text(
    "SELECT coalesce(sum(total_exec_time), 0)::float8 FROM pg_stat_statements WHERE query LIKE '%/* celeriac:%'"
)


DEAREST = text(
    r"SELECT substring(query FROM '/\* celeriac:(\w+)') AS name, round(max(mean_exec_time)::numeric, 2)::float8 AS ms, "
    "sum(calls)::int AS calls FROM pg_stat_statements WHERE query LIKE '%/* celeriac:%' "
    "GROUP BY 1 ORDER BY 2 DESC LIMIT 15"
)


@dataclass(slots=True)
class Costs:
    """What each kind of round cost, round by round."""

    server: Connection
    database_ms: dict[str, list[float]] = field(default_factory=dict)
    processor_ms: dict[str, list[float]] = field(default_factory=dict)
    wall_ms: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Measure the block."""
        before, backends = self.server.execute(SPENT).scalar_one(), self._backends()
        began = time.perf_counter()
        yield
        self.wall_ms.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        used = [taken - backends.get(pid, 0.0) for pid, taken in self._backends().items()]
        self.processor_ms.setdefault(name, []).append(sum(used))
        self.database_ms.setdefault(name, []).append(self.server.execute(SPENT).scalar_one() - before)

    def _backends(self) -> dict[int, float]:
        """Return the processor time of each of our backends, which a busy machine does not stretch as it does time."""
        pids = self.server.scalars(
            text("SELECT pid FROM pg_stat_activity WHERE application_name = :name"), {"name": NAME}
        )
        times = {pid: psutil.Process(pid).cpu_times() for pid in pids}
        return {pid: (one.user + one.system) * 1000 for pid, one in times.items()}

    def told(self) -> dict[str, dict[str, float]]:
        """Return the medians, and of processor time, which comes in ticks of 10 ms, the mean."""
        return {
            name: {
                "rounds": len(of),
                "database_ms": round(statistics.median(of), 1),
                "database_ms_least": round(min(of), 1),
                "processor_ms": round(statistics.mean(self.processor_ms[name]), 1),
                "wall_ms": round(statistics.median(self.wall_ms[name]), 1),
                "wall_ms_least": round(min(self.wall_ms[name]), 1),
            }
            for name, of in self.database_ms.items()
        }


def main(rounds: int = ROUNDS) -> None:
    """Measure and write the figures."""
    with (
        state_folder() as folder,
        postgres(folder, {}, settings=SETTINGS) as server,
        redis_server(folder, environ={}) as cache,
        redis.Redis.from_url(cache.url()) as client,
    ):
        url = _load(server)
        costs, by_query = _watch(url, client, rounds)
        document = {
            "tables": TABLES,
            "indexes": 2 * TABLES,
            "statements": STATEMENTS,
            "rounds": costs,
            "whole_round": _whole_round(costs),
            "share_of_a_core": _share(costs),
            "dearest_statements_ms": by_query,
            "resident_mib": round(psutil.Process().memory_info().rss / 2**20),
            "peak_resident_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "year": year(server),
        }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=1))
    print(f"goals: whole round <= 300 ms of the database, <= 1 s wall; share <= 0.005; a year <= 2 GB; see {RESULT}")


def _load(server: PostgresServer) -> str:
    url = create(server, "large")
    create_extensions(server, "large", ["pg_stat_statements"])
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        for first in range(0, TABLES, 500):
            connection.execute(
                text(
                    "DO $$ BEGIN FOR n IN " + f"{first}..{first + 499}" + " LOOP "
                    "EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v int, body text)', n); "
                    "EXECUTE format('CREATE INDEX ON t%s (v)', n); "
                    "EXECUTE format('INSERT INTO t%s SELECT i, i, ''body'' FROM generate_series(1, 20) AS i', n); "
                    "END LOOP; END $$"
                )
            )
        connection.execute(text("VACUUM ANALYZE"))
    migrate(url)
    return url


def _watch(url: str, client: redis.Redis, rounds: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    application = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
    ours, server = _ours(url), create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
    costs = Costs(server)
    _run(application, STATEMENTS)
    with costs.of("capture, the first"):
        _capture(ours)
    for number in range(rounds):
        _run(application, RUNNING)
        with costs.of("capture"):
            _capture(ours)
        name, age = (
            (ALL, "31 minutes") if number % 5 == 0 else (TABLES_TOO, "5 minutes") if number % 5 == 3 else (PLAIN, "0")
        )
        with ours.begin() as ledger:  # as if the last round were so long ago
            ledger.execute(text(f"UPDATE celeriac.metric_sample SET at = at - interval '{age}'"))
        with costs.of(name):
            _metrics(ours, client)
    _regressions(costs, server, ours)
    dearest = server.execute(DEAREST)
    by_query = [dict(row) for row in dearest.mappings()]
    application.close()
    server.close()
    return costs.told(), by_query


def _run(application: Connection, count: int) -> None:
    """Run so many statements, each of its own text."""
    for number in range(count):
        application.exec_driver_sql(f"SELECT body FROM t{number} WHERE v = {number}")


def _ours(url: str) -> Engine:
    named = {"application_name": NAME}
    engine = create_engine(url, poolclass=QueuePool, pool_size=2, max_overflow=0, connect_args=named)
    sign_engine(engine, "benchmark")
    return engine


def _capture(ours: Engine) -> None:
    with ours.connect() as target, ours.begin() as ledger:
        capture(target, ledger, "main", StatementPolicy())


def _metrics(ours: Engine, client: redis.Redis) -> None:
    with ours.connect() as target, ours.begin() as ledger:
        sources = Sources(
            target="main", postgres=target, ledger=ledger, redis={"cache": client}, broker=Broker(client, ("celeriac",))
        )
        samples = collect(sources, MetricsPolicy())
        assert failed(samples) == ()
        history.record(ledger, "main", samples)
        history.latest(ledger, "main", MetricsPolicy())


def _regressions(costs: Costs, server: Connection, ours: Engine) -> None:
    """Judge 5,000 statements by five weeks of hours, with a folded hour and without."""
    run(server, "watching_weeks.sql")
    for name in ("regressions, with an hour to fold", "regressions", "regressions"):
        with costs.of(name), ours.begin() as ledger:
            find_regressions(ledger, "main", RegressionPolicy())
    for name in ("catalog, the first look", "catalog", "catalog"):
        with costs.of(name), ours.connect() as target, ours.begin() as ledger:
            memory.remember_catalog(target, ledger, "main")


def _whole_round(costs: dict[str, Any]) -> dict[str, float]:
    """Return what a capture and a metrics round with all samplers take together."""
    both = [costs["capture"], costs[ALL]]
    return {name: round(sum(one[name] for one in both), 1) for name in both[0] if name != "rounds"}


def _share(costs: dict[str, Any]) -> dict[str, float]:
    """Return how much of one core the schedule takes: captures each minute, metrics twice, regressions every five."""
    return {
        name: round(
            (
                costs["capture"][name]
                + 2 * costs[PLAIN][name]
                + (costs[TABLES_TOO][name] - costs[PLAIN][name]) / 4
                + (costs[ALL][name] - costs[TABLES_TOO][name]) / 30
                + costs["regressions"][name] / 5
                + (costs["regressions, with an hour to fold"][name] + costs["catalog"][name]) / 60
            )
            / 60_000,
            5,
        )
        for name in ("database_ms", "processor_ms")
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
