"""Warm relations as a whole: an index that was just kept, and what a server without a snapshot reads most."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from celeriac import sql
from celeriac.buffers import plan, server
from celeriac.buffers.outcome import Refused, Skipped, Unavailable, WarmReport
from celeriac.buffers.policy import BufferPolicy
from celeriac.buffers.warm import Progress, present, read, unavailable

Name = tuple[str, str]
"""Schema and name."""


def warm_index(connection: Connection, index: Name, policy: BufferPolicy) -> WarmReport | Refused | Unavailable:
    """Read one index, so that it is judged warm, as the tables it competes with are; `connection` is in autocommit."""
    return _warm(connection, (index,), policy)


def warm_relations(
    connection: Connection,
    policy: BufferPolicy,
    tables: Iterable[Name] | None = None,
    *,
    progress: Progress | None = None,
) -> WarmReport | Refused | Unavailable:
    """Read tables with their indexes, indexes first; without names those that the workload reads most.

    `connection` is in autocommit. Together they fill at most `relation_share` of shared_buffers.
    """
    chosen = tuple(tables) if tables is not None else busiest(connection, policy)
    if not chosen:
        return Refused("no table was read since the statistics began")
    return _warm(connection, (*indexes_of(connection, chosen), *chosen), policy, progress=progress)


def busiest(connection: Connection, policy: BufferPolicy) -> tuple[Name, ...]:
    """Return the tables that the workload reads most, the most read first."""
    rows = connection.execute(sql.load(__file__, "busiest"), {"relations": policy.busiest_relations})
    return tuple((row.schema, row.name) for row in rows)


def indexes_of(connection: Connection, tables: Iterable[Name]) -> tuple[Name, ...]:
    """Return the valid indexes of tables, in the order of the tables."""
    named = tuple(tables)
    rows = connection.execute(
        sql.load(__file__, "indexes_of"),
        {"schemas": [schema for schema, _ in named], "names": [name for _, name in named]},
    )
    return tuple((row.schema, row.name) for row in rows)


def _warm(
    connection: Connection, names: tuple[Name, ...], policy: BufferPolicy, *, progress: Progress | None = None
) -> WarmReport | Refused | Unavailable:
    lacking = unavailable(connection)
    if lacking is not None:
        return lacking
    now = server.read(connection)
    found = present(connection, names)
    if not found:
        return Refused(f"{names[0][0]}.{names[0][1]} is gone, or holds no blocks of its own")
    readings = plan.whole(found, int(now.buffer_blocks * policy.relation_share))
    there = {(relation.schema, relation.name) for relation in found}
    gone = tuple(Skipped(*name, "it is gone, or holds no blocks of its own") for name in names if name not in there)
    return read(connection, replace(readings, skipped=gone), now, policy, progress=progress)
