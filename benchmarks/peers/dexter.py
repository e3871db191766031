"""Dexter's way: three EXPLAINs a statement, whatever the planner picks wins; no budget, no weighing of statements.

As https://github.com/ankane/dexter does it: without indexes, with every single column, with every ordered pair; an
index is taken where the statement's cost falls by the minimum saving, and a second column where it saves as much again.
"""

import re
from dataclasses import dataclass
from itertools import permutations

import psycopg2.extensions

from benchmarks.what_if import Columns, plan_of

MIN_COST = 100.0
BATCH = 500
"""HypoPG runs out of object ids; Dexter offers no more than this at once."""


@dataclass(frozen=True, slots=True)
class DexterAnswer:
    """The indexes that were picked, and the EXPLAINs it took."""

    indexes: tuple[Columns, ...]
    explains: int


def dexter(
    cursor: psycopg2.extensions.cursor, queries: list[str], tables: dict[str, str], min_saving: float = 0.1
) -> DexterAnswer:
    """Return what Dexter would create for these statements."""
    picked: dict[Columns, None] = {}
    explains = 0
    for query in queries:
        named = [column for column in tables if re.search(rf"\b{column}\b", query)]
        pairs = [pair for pair in permutations(named, 2) if tables[pair[0]] == tables[pair[1]]]
        cost, _ = _explain(cursor, query, [], tables)
        explains += 1
        if cost < MIN_COST:
            continue
        single_cost, singles = _explain(cursor, query, [(column,) for column in named], tables)
        pair_cost, doubles = _explain(cursor, query, pairs[:BATCH], tables)
        explains += 2
        keep = 1 - min_saving
        if single_cost > MIN_COST and pair_cost < single_cost * keep and pair_cost < cost * keep:
            picked |= dict.fromkeys(doubles)
        elif single_cost < cost * keep:
            picked |= dict.fromkeys(singles)
    return DexterAnswer(tuple(picked), explains)


def _explain(
    cursor: psycopg2.extensions.cursor, query: str, offered: list[Columns], tables: dict[str, str]
) -> tuple[float, list[Columns]]:
    cursor.execute("SELECT hypopg_reset()")
    names = {}
    for columns in offered:
        cursor.execute(
            "SELECT indexname FROM hypopg_create_index(%s)",
            (f"CREATE INDEX ON {tables[columns[0]]} ({', '.join(columns)})",),
        )
        (name,) = cursor.fetchone() or ("",)
        names[name] = columns
    plan = plan_of(cursor, query)
    return plan.cost, [names[name] for name in plan.indexes if name in names]
