"""Real run time: what each side chose is built, all 22 queries run, and an index that makes one slower is let go.

The planner's cost decides nothing here. The last step is what verification does in production, query by query.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any

import psycopg2

from benchmarks import tpch
from benchmarks.advisor.contest import run_celeriac, run_extend
from benchmarks.advisor.suites import Suite
from celeriac.indexes.policy import AdvisorPolicy

MB = 1_000_000
EXTEND_BUDGET = 1_338 * MB
OUR_BUDGET = 528 * MB
LONGEST_S = 120.0
"""Where a query is stopped, and counted with: two of them run for hours on primary keys alone."""
RUNS = 3
SLOWER = 1.1
NOISE_S = 0.02
MAX_ROUNDS = 4

Times = Mapping[int, float]


def run_time(suite: Suite, policy: AdvisorPolicy) -> Iterator[dict[str, Any]]:
    """Measure primary keys alone, Extend's choice, ours, and ours after what harmed was let go."""
    whole = replace(suite, name="tpch22", queries=tpch.queries())
    bare = _measured(whole)
    yield _told("primary keys", 0, bare, bare)
    extend = run_extend(whole, EXTEND_BUDGET, 3)
    with _built(whole.dsn, extend.indexes):
        yield _told("extend-3", EXTEND_BUDGET, _measured(whole), bare)
    ours, _ = run_celeriac(whole, replace(policy, budget_bytes=OUR_BUDGET))
    with _built(whole.dsn, ours.indexes) as names:
        times = _measured(whole)
        yield _told("celeriac", OUR_BUDGET, times, bare)
        times, dropped = _verified(whole, names, times, bare)
        yield _told("celeriac, verified", OUR_BUDGET, times, bare) | {"let_go": dropped}


def _verified(suite: Suite, names: list[str], times: Times, bare: Times) -> tuple[Times, list[str]]:
    """Drop what slower queries use, and measure again, until no query is slower than without any index."""
    kept, dropped = set(names), list[str]()
    for _ in range(MAX_ROUNDS):
        slower = [number for number, seconds in times.items() if seconds > SLOWER * bare[number] + NOISE_S]
        blamed = sorted({name for number in slower for name in _used(suite, number)} & kept)
        if not blamed:
            break
        with psycopg2.connect(suite.dsn) as connection, connection.cursor() as cursor:
            for name in blamed:
                cursor.execute(f"DROP INDEX {name}")
        connection.close()
        kept -= set(blamed)
        dropped += blamed
        times = _measured(suite)
    return times, dropped


@contextmanager
def _built(dsn: str, definitions: tuple[str, ...]) -> Iterator[list[str]]:
    """Build the indexes under names of ours; they are gone afterwards."""
    names = [f"chosen_{number}" for number in range(len(definitions))]
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for name, definition in zip(names, definitions, strict=True):
                cursor.execute(definition.replace("CREATE INDEX ON", f"CREATE INDEX {name} ON", 1))
        yield names
    finally:
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
        connection.close()


def _measured(suite: Suite) -> dict[int, float]:
    """Return the median seconds of each query, warm; what is stopped once is not run again."""
    connection = psycopg2.connect(suite.dsn)
    connection.autocommit = True
    times: dict[int, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = '{LONGEST_S:.0f}s'")
        for number, query in suite.queries.items():
            seconds: list[float] = []
            while len(seconds) < RUNS and (not seconds or max(seconds) < LONGEST_S / 4):
                began = time.perf_counter()
                try:
                    cursor.execute(query)
                    cursor.fetchall()
                    seconds.append(time.perf_counter() - began)
                except psycopg2.errors.QueryCanceled:
                    seconds.append(LONGEST_S)
            times[number] = min(LONGEST_S, median(seconds))
    connection.close()
    return times


def _used(suite: Suite, number: int) -> set[str]:
    connection = psycopg2.connect(suite.dsn)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {suite.queries[number]}")
        (document,) = cursor.fetchone() or ([],)
    connection.close()
    text = json.dumps(document)
    return {part.split('"')[0] for part in text.split('"Index Name": "')[1:]}


def _told(side: str, budget: int, times: Times, bare: Times) -> dict[str, Any]:
    total, before = sum(times.values()), sum(bare.values())
    worst = max(times, key=lambda number: times[number] / bare[number])
    ratio = times[worst] / bare[worst]
    print(f"{side:20} {total:8.2f} s of {before:.2f} s   worst: query {worst}, {ratio:.2f} times its own", flush=True)
    return {
        "side": side,
        "budget_bytes": budget,
        "total_s": round(total, 3),
        "worst_query": worst,
        "worst_ratio": round(ratio, 3),
        "queries_s": {str(number): round(seconds, 4) for number, seconds in times.items()},
    }
