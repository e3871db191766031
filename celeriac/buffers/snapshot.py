"""Remember the hot blocks of a target: read from pg_buffercache, kept as ranges in the ledger.

https://www.postgresql.org/docs/current/pgbuffercache.html
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.buffers import extension, server
from celeriac.buffers.hot import HotRelation, Snapshot, as_json, from_json, in_order
from celeriac.buffers.outcome import Refused, Unavailable
from celeriac.buffers.policy import BufferPolicy
from celeriac.buffers.ranges import group
from celeriac.ledger import clock
from celeriac.ledger.models.caching import BufferSnapshot

_FEATURE = "buffer snapshots"
_PERMISSION_DENIED, _TIMED_OUT = "42501", "57014"


def take(
    connection: Connection, ledger: Connection, target: str, policy: BufferPolicy
) -> Snapshot | Refused | Unavailable:
    """Read the hot blocks of the connection's database and keep them; `connection` may be read-only."""
    now = server.read(connection)
    if now.uptime_s < policy.min_uptime.total_seconds():
        return Refused(f"the server started {now.uptime_s:.0f} s ago; what is hot shows after {policy.min_uptime}")
    relations = hot_relations(connection, policy)
    if not isinstance(relations, tuple):
        return relations
    if not relations:
        return Refused(f"no block of a user's relation has a usage count of {policy.min_usage_count} or more")
    kept = ledger.execute(
        insert(BufferSnapshot)
        .values(
            target=target,
            postmaster_started_at=now.started_at,
            blocks=sum(relation.blocks for relation in relations),
            relations=[as_json(relation) for relation in relations],
        )
        .returning(*BufferSnapshot.__table__.columns)
    )
    return _snapshot(kept.one())


def hot_relations(connection: Connection, policy: BufferPolicy) -> tuple[HotRelation, ...] | Refused | Unavailable:
    """Read what is hot now, indexes first, in one bounded query."""
    lacking = extension.missing(connection, _FEATURE, "pg_buffercache", "pg_buffercache_pages()")
    if lacking is not None:
        return lacking
    try:
        with sql.bounded(connection, policy.snapshot_timeout_ms):
            rows = connection.execute(
                sql.load(__file__, "hot_blocks"),
                {"min_usage_count": policy.min_usage_count, "max_blocks": policy.max_blocks},
            )
            return in_order(tuple(_relation(row, policy) for row in rows))
    except DBAPIError as error:
        return _refusal(connection, error, policy)


def latest(ledger: Connection, target: str, policy: BufferPolicy, *, not_of: datetime | None = None) -> Snapshot | None:
    """Return the newest snapshot young enough to trust; `not_of` leaves out those of the server started then."""
    query = (
        select(BufferSnapshot.__table__)
        .where(BufferSnapshot.target == target)
        .where(BufferSnapshot.taken_at > clock.now() - policy.max_snapshot_age)
        .order_by(BufferSnapshot.taken_at.desc(), BufferSnapshot.id.desc())
        .limit(1)
    )
    if not_of is not None:
        query = query.where(BufferSnapshot.postmaster_started_at != not_of)
    row = ledger.execute(query).one_or_none()
    return None if row is None else _snapshot(row)


def prune(ledger: Connection, target: str, policy: BufferPolicy) -> int:
    """Delete all but the newest snapshots of a target; returns how many went."""
    newest = (
        select(BufferSnapshot.id)
        .where(BufferSnapshot.target == target)
        .order_by(BufferSnapshot.taken_at.desc(), BufferSnapshot.id.desc())
        .limit(policy.keep_snapshots)
    )
    gone = ledger.execute(
        delete(BufferSnapshot).where(BufferSnapshot.target == target, BufferSnapshot.id.not_in(newest))
    )
    return gone.rowcount


def _relation(row: Row[Any], policy: BufferPolicy) -> HotRelation:
    return HotRelation(
        schema=row.schema,
        name=row.name,
        kind=row.kind,
        filenode=row.filenode,
        heat=row.heat,
        ranges=group(row.blocks, policy.gap_blocks, policy.max_ranges),
    )


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        id=row.id,
        taken_at=row.taken_at,
        postmaster_started_at=row.postmaster_started_at,
        blocks=row.blocks,
        relations=tuple(from_json(document) for document in row.relations),
    )


def _refusal(connection: Connection, error: DBAPIError, policy: BufferPolicy) -> Refused | Unavailable:
    code = getattr(error.orig, "pgcode", None)
    if code == _PERMISSION_DENIED:
        return extension.denied(connection, _FEATURE, "pg_buffercache")
    if code == _TIMED_OUT:
        return Refused(f"reading pg_buffercache took longer than {policy.snapshot_timeout_ms} ms")
    raise error
