"""Five indexes that a rare read gains by, and every write pays for."""

import random
from collections.abc import Mapping
from typing import Any

from benchmarks.loop.scenario import ROWS, Call, Scenario, index, items
from celeriac.indexes.index import IndexDefinition, KeyPart

BATCH = 100
_HALF_FULL = "WITH (fillfactor = 40)"
"""Room for an update on its own page: without an index on what changes it is a HOT one."""


def _stretch(rng: random.Random) -> Mapping[str, Any]:
    return {"id": rng.randint(1, ROWS - 300), "n": rng.randrange(2003)}


def _block(rng: random.Random) -> Mapping[str, Any]:
    return {"id": rng.randint(1, ROWS - BATCH), "n": rng.randrange(1, 9)}


def _hurts(name: str, why: str, definition: IndexDefinition, read: str, write: str, *, options: str = "") -> Scenario:
    calls = (
        Call("read", read, _stretch, 8.0, promised=True),
        Call("write", write, _block, 25.0, writes=True),
    )
    setup = items(definition.table, more="hits int DEFAULT 0", values="i % 2003", options=options)
    return Scenario(name, "hurts writes", why, setup, definition, calls, "reverted")


def _few(table: str, condition: str) -> str:
    """Return a read of three hundred rows by their numbers, of which some match: there is little left to gain."""
    return f"SELECT count(*) FROM {table} WHERE id BETWEEN %(id)s AND %(id)s + 300 AND {condition}"


def _insert(table: str) -> str:
    return (
        f"INSERT INTO {table} (owner, kind, status, at, score, email, body, hits) "
        "SELECT n %% 2003, n %% 7, 'new', now(), "
        f"n * %(n)s, 'Batch' || n, repeat(md5((n * %(n)s)::text), 2), n FROM generate_series(1, {BATCH * 2}) AS n"
    )


def _update(table: str, change: str) -> str:
    return f"UPDATE {table} SET {change} WHERE id BETWEEN %(id)s AND %(id)s + {BATCH - 1}"


SCENARIOS: tuple[Scenario, ...] = (
    _hurts(
        "hot_counter",
        "a counter that every update changes: no update is HOT any more",
        index("hot_counter", "hits", "id"),
        _few("hot_counter", "hits = %(n)s"),
        _update("hot_counter", "hits = hits + %(n)s"),
        options=_HALF_FULL,
    ),
    _hurts(
        "hot_body",
        "a wide text that every update changes",
        index("hot_body", "hits", "id", "body"),
        _few("hot_body", "hits = %(n)s"),
        _update("hot_body", "body = repeat(md5((id * %(n)s)::text), 2)"),
        options=_HALF_FULL,
    ),
    _hurts(
        "heavy_insert",
        "hundreds of rows a call, each with a wide entry at a place of its own",
        index("heavy_insert", "body", "score", "id"),
        _few("heavy_insert", "body = md5(%(n)s::text)"),
        _insert("heavy_insert"),
    ),
    _hurts(
        "heavy_trigrams",
        "each row inserted is taken apart into dozens of entries",
        index("heavy_trigrams", KeyPart("body", opclass="gin_trgm_ops"), method="gin"),
        _few("heavy_trigrams", "body LIKE 'ab' || %(n)s || '%%'"),
        _insert("heavy_trigrams"),
    ),
    _hurts(
        "heavy_expression",
        "an expression that is dear to work out, for each row inserted",
        index(
            "heavy_expression",
            KeyPart("md5(repeat(body, 200))", is_expression=True),
            "id",
        ),
        "SELECT count(*) FROM heavy_expression WHERE id BETWEEN %(id)s AND %(id)s + 10 "
        "AND md5(repeat(body, 200)) = %(n)s::text",
        _insert("heavy_expression"),
    ),
)
assert len(SCENARIOS) == 5
