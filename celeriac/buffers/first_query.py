"""What the first user after a restart waits for: one statement, on a connection that has read nothing yet.

The hit ratio cannot tell a cold start from a warm one (both end at the same ratio); the first query's time can.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from celeriac import sql


@dataclass(frozen=True, slots=True)
class FirstQuery:
    """The cost of one statement as its first caller sees it."""

    ms: float
    """From sending the statement to its end, planning and catalog reads included."""
    hit_blocks: int
    read_blocks: int
    """Blocks that were not in shared buffers; zero where warming did its work."""


@dataclass(frozen=True, slots=True)
class FirstQueries:
    """The same number of hot blocks of one table, read before and after warming."""

    relation: str
    blocks: int
    before: FirstQuery
    after: FirstQuery


def first_query(connection: Connection, statement: str, parameters: Mapping[str, Any] | None = None) -> FirstQuery:
    """Run `statement`, a SELECT that the caller vouches for, once on a connection just opened and read-only.

    It runs under EXPLAIN ANALYZE, which counts its blocks in the same run; the rows are not sent.
    """
    explain = text(sql.sign("first_query", f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}"))
    connection.execute(text(sql.sign("first_query", "SELECT 1")))  # begins the transaction outside the clock
    began = time.perf_counter()
    (plan,) = connection.execute(explain, parameters or {}).scalar_one()
    ms = (time.perf_counter() - began) * 1000
    parts = (plan["Plan"], plan.get("Planning", {}))
    return FirstQuery(
        ms=ms,
        hit_blocks=sum(part.get("Shared Hit Blocks", 0) for part in parts),
        read_blocks=sum(part.get("Shared Read Blocks", 0) for part in parts),
    )
