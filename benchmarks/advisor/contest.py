"""One advisor run of one side, judged independently."""

import time
from dataclasses import asdict, dataclass
from typing import Any

import psycopg2

from benchmarks.advisor.suites import Suite
from benchmarks.peers.dexter import dexter
from benchmarks.peers.extend import extend
from benchmarks.what_if import CountingWhatIf, judge
from celeriac.indexes.index import Advice
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.indexes.recommend import recommend
from celeriac.statements.workload import from_texts


@dataclass(frozen=True, slots=True)
class Result:
    """What one side reached on one suite under one budget."""

    suite: str
    side: str
    budget_bytes: int
    relative_cost: float
    geometric_mean: float
    seconds: float
    explains: int
    indexes: tuple[str, ...]
    size_bytes: int
    """By HypoPG."""

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)


def run_extend(suite: Suite, budget_bytes: int, width: int) -> Result:
    """Let Extend choose."""
    connection = psycopg2.connect(suite.dsn)
    with connection.cursor() as cursor:
        what_if = CountingWhatIf(cursor, suite.queries, suite.tables)
        began = time.perf_counter()
        chosen = extend(what_if, budget_bytes, width)
        seconds = time.perf_counter() - began
    connection.close()
    definitions = tuple(what_if.ddl(index) for index in chosen)
    return _judged(suite, f"extend-{width}", budget_bytes, seconds, what_if.explains, definitions)


def run_dexter(suite: Suite) -> Result:
    """Let Dexter's way choose; it knows no budget."""
    connection = psycopg2.connect(suite.dsn)
    with connection.cursor() as cursor:
        began = time.perf_counter()
        answer = dexter(cursor, list(suite.queries.values()), dict(suite.tables))
        seconds = time.perf_counter() - began
    connection.close()
    definitions = tuple(f"CREATE INDEX ON {suite.tables[key[0]]} ({', '.join(key)})" for key in answer.indexes)
    return _judged(suite, "dexter", 0, seconds, answer.explains, definitions)


def run_celeriac(suite: Suite, policy: AdvisorPolicy, texts: tuple[str, ...] | None = None) -> tuple[Result, Advice]:
    """Let Celeriac choose, from the suite's constants or from other texts of the same statements."""
    with suite.connect() as connection:
        began = time.perf_counter()
        advice = recommend(connection, from_texts(texts or tuple(suite.queries.values())), policy)
        seconds = time.perf_counter() - began
    definitions = tuple(one.ddl.replace("CONCURRENTLY ", "") for one in advice.recommendations)
    budget = policy.budget_bytes or 0
    return _judged(suite, "celeriac", budget, seconds, advice.what_if_calls, definitions), advice


def _judged(
    suite: Suite, side: str, budget_bytes: int, seconds: float, explains: int, definitions: tuple[str, ...]
) -> Result:
    found = judge(suite.dsn, suite.queries.values(), definitions)
    return Result(
        suite=suite.name,
        side=side,
        budget_bytes=budget_bytes,
        relative_cost=round(found.relative_cost, 4),
        geometric_mean=round(found.geometric_mean, 4),
        seconds=round(seconds, 3),
        explains=explains,
        indexes=definitions,
        size_bytes=found.size_bytes,
    )
