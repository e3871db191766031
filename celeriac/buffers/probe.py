"""What a reader of hot blocks waits for, before and after they were brought back: the proof that warming was worth it.

A few hot blocks of the hottest table are read through shared buffers, by place and not by value, so that no statement
of the application need be known or run. Half of them tell before, the other half after: a block that was read is warm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection, bindparam, column, func, select, table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from celeriac.buffers.first_query import FirstQuery, first_query
from celeriac.buffers.plan import Plan, Present, Reading

BLOCKS = 32
"""Of each half: enough to tell a disk from memory, few enough for any disk."""
_BEYOND = "(4294967294,1)"
"""Behind the end of any table: planned like the others, and read by nobody."""
_TABLES = frozenset({"r", "m"})


@dataclass(frozen=True, slots=True)
class Probe:
    """Which blocks to read before, and which after."""

    relation: Present
    before: tuple[int, ...]
    after: tuple[int, ...]


def choose(readings: Plan, blocks: int = BLOCKS) -> Probe | None:
    """Return blocks of the hottest table, spread over what is hot and taken by turns; None where there are too few."""
    hottest = next((one for one in readings.readings if one.relation.kind in _TABLES and one.blocks >= 2), None)
    if hottest is None:
        return None
    spread = _spread(hottest, 2 * blocks)
    half = len(spread) // 2
    return Probe(hottest.relation, spread[0 : 2 * half : 2], spread[1 : 2 * half : 2])


def ask(connection: Connection, relation: Present, blocks: Sequence[int]) -> FirstQuery | None:
    """Read the blocks and return what it took; None where the role may not read the table."""
    statement = _statement(relation)
    try:
        # The catalog's own blocks are no part of the question: the first run reads them and no block of the table.
        first_query(connection, statement, {"places": [_BEYOND]})
        return first_query(connection, statement, {"places": [f"({block},1)" for block in blocks]})
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None


def _statement(relation: Present) -> str:
    places = text("CAST(:places AS tid[])").bindparams(bindparam("places"))
    source = table(relation.name, column("ctid"), schema=relation.schema)
    wanted = select(func.count()).select_from(source).where(source.c.ctid == func.any(places))
    return str(wanted.compile(dialect=postgresql.dialect(paramstyle="named")))  # type: ignore[no-untyped-call]


def _spread(reading: Reading, most: int) -> tuple[int, ...]:
    """Return at most so many of a reading's blocks, evenly spaced.

    >>> from celeriac.buffers.plan import Present
    >>> _spread(Reading(Present(1, "s", "t", "r", 1, 99), ((0, 9), (50, 59))), 4)
    (0, 5, 50, 55)
    """
    every = max(1, -(-reading.blocks // most))
    blocks = chain.from_iterable(range(first, last + 1) for first, last in reading.ranges)
    return tuple(block for place, block in enumerate(blocks) if place % every == 0)
