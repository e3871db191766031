"""What the first query after a cold restart waits for: nothing warmed, all warmed, or only the learned hot blocks.

Cold is a restart with the server's own files dropped from the operating system's cache; what lies below a virtual
machine may still hold them, so compare within one run. Run by `make bench-warming`.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.buffers import plan, server
from celeriac.buffers.first_query import FirstQuery, first_query
from celeriac.buffers.hot import HotRelation
from celeriac.buffers.outcome import WarmReport
from celeriac.buffers.policy import BufferPolicy
from celeriac.buffers.snapshot import hot_relations
from celeriac.buffers.warm import present, read
from sandbox.postgres import PostgresServer, postgres
from sandbox.state import state_folder

RESULT = Path(__file__).parent / "results" / "warming.json"
ROWS = 3_700_000
"""Of 120 bytes: 460 MB, and 80 MB of index."""
HOT_FROM = ROWS * 9 // 10
PROBE = (
    "SELECT count(j.body) FROM generate_series(1, 5000) AS g (n) "
    f"JOIN jobs AS j ON j.id = {HOT_FROM} + (g.n * 7919) % {ROWS - HOT_FROM}"
)
"""Five thousand look-ups spread over the newest tenth, which is what the traffic reads too."""
POLICY = replace(BufferPolicy(), min_uptime=timedelta(0), share=0.9)
Warm = Callable[[Connection], WarmReport | None]


def main(rounds: int = 3) -> None:
    """Measure each way of warming `rounds` times and write the medians."""
    settings = {"shared_buffers": "1GB", "autovacuum": "off", "max_wal_size": "4GB"}
    with state_folder() as folder, postgres(folder, {}, settings=settings) as target:
        bytes_ = _load(target)
        hot = _learn(target)
        ways: dict[str, Warm] = {"cold": lambda _: None, "full prewarm": _whole, "learned blocks": _learned(hot)}
        # Way by way within a round, so that a disturbance of the machine hits all ways alike.
        runs = [{way: _measure(target, warm) for way, warm in ways.items()} for _ in range(rounds)]
    figures = {way: _medians([run[way] for run in runs]) for way in ways}
    _report({"table_and_index_bytes": bytes_, "rounds": rounds, "ways": figures, **_ratios(figures)})


def _load(target: PostgresServer) -> int:
    with _connect(target) as connection:
        connection.execute(text("CREATE EXTENSION pg_buffercache; CREATE EXTENSION pg_prewarm"))
        connection.execute(
            text(
                "CREATE TABLE jobs AS SELECT n AS id, md5(n::text) || md5((n + 1)::text) || md5((n + 2)::text) AS body "
                f"FROM generate_series(1, {ROWS}) AS n"
            )
        )
        connection.execute(text("ALTER TABLE jobs ADD PRIMARY KEY (id)"))
        connection.execute(text("VACUUM ANALYZE jobs"))
        connection.execute(text("CHECKPOINT"))
        total: int = connection.execute(text("SELECT pg_total_relation_size('jobs')")).scalar_one()
        return total


def _learn(target: PostgresServer) -> tuple[HotRelation, ...]:
    target.restart()
    with _connect(target) as connection:
        for _ in range(6):
            connection.execute(text(PROBE))
    engine = create_engine(target.url(), poolclass=NullPool)
    with engine.connect() as connection:
        hot = hot_relations(connection, POLICY)
    if not isinstance(hot, tuple):
        raise SystemExit(f"nothing was learned: {hot}")
    return hot


def _learned(hot: tuple[HotRelation, ...]) -> Warm:
    def warm(connection: Connection) -> WarmReport:
        now = server.read(connection)
        found = present(connection, [(relation.schema, relation.name) for relation in hot])
        return read(connection, plan.restore(hot, found, int(now.buffer_blocks * POLICY.share)), now, POLICY)

    return warm


def _whole(connection: Connection) -> WarmReport:
    now = server.read(connection)
    found = present(connection, [("public", "jobs_pkey"), ("public", "jobs")])
    return read(connection, plan.whole(found, int(now.buffer_blocks * POLICY.share)), now, POLICY)


def _measure(target: PostgresServer, warm: Warm) -> tuple[float, int, FirstQuery]:
    target.restart(cold=True)
    with _connect(target) as connection:
        began = time.perf_counter()
        report = warm(connection)
        seconds = time.perf_counter() - began if report else 0.0
    engine = create_engine(target.url(), poolclass=NullPool)
    with engine.connect() as connection:
        return seconds, report.blocks if report else 0, first_query(connection, PROBE)


def _medians(runs: list[tuple[float, int, FirstQuery]]) -> dict[str, float]:
    return {
        "warming_ms": round(statistics.median(seconds for seconds, _, _ in runs) * 1000, 1),
        "warmed_blocks": runs[0][1],
        "first_query_ms": round(statistics.median(first.ms for _, _, first in runs), 1),
        "first_query_read_blocks": statistics.median(first.read_blocks for _, _, first in runs),
        "slowest_first_query_ms": round(max(first.ms for _, _, first in runs), 1),
    }


def _ratios(figures: dict[str, dict[str, float]]) -> dict[str, float]:
    full, learned = figures["full prewarm"], figures["learned blocks"]
    return {
        "first_query_ratio": round(learned["first_query_ms"] / full["first_query_ms"], 3),
        "warming_time_ratio": round(learned["warming_ms"] / full["warming_ms"], 3),
    }


def _report(document: dict[str, object]) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=2))
    print(f"goals: first_query_ratio <= 1.2, warming_time_ratio <= 0.15; written to {RESULT}")


def _connect(target: PostgresServer) -> Connection:
    return create_engine(target.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
