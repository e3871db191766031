"""`make bench-advisor`: both sides in one run; writes benchmarks/results/advisor.json and docs/img/advisor.png.

Budgets are in megabytes of 10^6 bytes, as in the published study (Magic mirror in my hand, VLDB 2020).
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import postgast
import psycopg2

from benchmarks import tpch
from benchmarks.advisor.contest import Result, run_celeriac, run_dexter, run_extend
from benchmarks.advisor.growth import growth
from benchmarks.advisor.plot import plot
from benchmarks.advisor.run_time import run_time
from benchmarks.advisor.suites import Suite, retail_suite, tpch_suite
from celeriac.indexes.policy import AdvisorPolicy
from sandbox.servers import servers

MB = 1_000_000
PAPER_BUDGETS = (134, 335, 669, 1_338)
TRUE_BUDGETS = (335, 669, 1_338)
RETAIL_SHARES = (10, 25, 50, 100)
RESULTS = Path(__file__).parents[1] / "results" / "advisor.json"
POLICY = AdvisorPolicy(objective="cost", time_limit_s=60.0, min_table_rows=0)


def main(chosen: set[str]) -> None:
    """Run the sections named, or all of them, and add what they found to the results."""
    with servers(settings=tpch.SETTINGS) as machines:
        if chosen & {"papers", "true", "normalized", "run_time"}:
            suite = tpch_suite(machines.postgres)
            sections = {
                "papers": papers,
                "true": true_sizes,
                "normalized": normalized,
                "run_time": partial(run_time, policy=POLICY),
            }
            for name, section in sections.items():
                if name in chosen:
                    _keep(name, section(suite))
        if "retail" in chosen:
            _keep("retail", retail(retail_suite(machines.postgres)))
        if "growth" in chosen:
            _keep("growth", growth(machines.postgres))


def papers(suite: Suite) -> Iterator[dict[str, Any]]:
    """At HypoPG's sizes, as published: Extend of width one and three, Dexter's way, and ours."""
    yield _told(run_dexter(suite))
    for budget in PAPER_BUDGETS:
        for width in (1, 3):
            yield _told(run_extend(suite, budget * MB, width))
        policy = replace(POLICY, size_model="hypopg", budget_bytes=budget * MB)
        yield _told(run_celeriac(suite, policy)[0])


def true_sizes(suite: Suite) -> Iterator[dict[str, Any]]:
    """At our own sizes: each chosen index is built for real, weighed and dropped again."""
    for budget in TRUE_BUDGETS:
        result, advice = run_celeriac(suite, replace(POLICY, budget_bytes=budget * MB))
        sizes = [(one.size_bytes, _real_bytes(suite, one.ddl)) for one in advice.recommendations]
        real = sum(true for _, true in sizes)
        worst = max((abs(estimated / true - 1) for estimated, true in sizes), default=0.0)
        yield _told(result) | {"real_bytes": real, "worst_size_error": round(worst, 3)}


def normalized(suite: Suite) -> Iterator[dict[str, Any]]:
    """From texts with $n alone, judged on the true constants."""
    texts = tuple(postgast.normalize(query) for query in suite.queries.values())
    for budget in (669, 1_338):
        policy = replace(POLICY, size_model="hypopg", budget_bytes=budget * MB)
        result, advice = run_celeriac(suite, policy, texts)
        yield _told(replace(result, side="celeriac, $n")) | {"unplannable": len(advice.unplannable)}


def retail(suite: Suite) -> Iterator[dict[str, Any]]:
    """A hundred many-join statements, at shares of the data; and Dexter, whose size is then our budget."""
    for share in RETAIL_SHARES:
        budget = suite.data_bytes * share // 100
        yield _told(run_extend(suite, budget, 1))
        yield _told(run_celeriac(suite, replace(POLICY, size_model="hypopg", budget_bytes=budget))[0])
    dexter = run_dexter(suite)
    yield _told(dexter)
    policy = replace(POLICY, size_model="hypopg", budget_bytes=dexter.size_bytes, time_limit_s=3.0)
    yield _told(replace(run_celeriac(suite, policy)[0], side="celeriac, 3 s"))


def _keep(name: str, results: Iterable[dict[str, Any]]) -> None:
    """Write a section as soon as it is measured: what was found stays, whatever interrupts the rest."""
    measured = [*results]
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**found, name: measured}, indent=2) + "\n")
    plot({**found, name: measured})


def _told(result: Result) -> dict[str, Any]:
    budget = f"{result.budget_bytes / MB:6.0f} MB" if result.budget_bytes else " no budget"
    print(
        f"{result.suite:8} {budget}  {result.side:14} cost {result.relative_cost:.4f}  geo {result.geometric_mean:.4f}"
        f"  {result.seconds:7.2f} s  {result.explains:6} EXPLAINs  {len(result.indexes):3} indexes",
        flush=True,
    )
    return result.as_json()


def _real_bytes(suite: Suite, ddl: str) -> int:
    connection = psycopg2.connect(suite.dsn)
    try:
        with connection.cursor() as cursor:
            named = re.sub(r"CREATE INDEX (CONCURRENTLY )?", "CREATE INDEX weighed ", ddl, count=1)
            cursor.execute(named)
            cursor.execute("SELECT pg_relation_size('weighed')")
            (size,) = cursor.fetchone() or (0,)
        return int(size)
    finally:
        connection.rollback()
        connection.close()


if __name__ == "__main__":
    main(set(sys.argv[1:]) or {"papers", "true", "normalized", "run_time", "retail", "growth"})
