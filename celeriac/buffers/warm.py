"""Bring hot blocks back after a restart, so that users don't pay for the first reads.

https://www.postgresql.org/docs/current/pgprewarm.html
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from celeriac import sql
from celeriac.buffers import extension, plan, probe, server, snapshot
from celeriac.buffers.first_query import FirstQueries
from celeriac.buffers.hot import Snapshot
from celeriac.buffers.outcome import Refused, Skipped, Unavailable, WarmReport
from celeriac.buffers.plan import Plan, Present, Reading
from celeriac.buffers.policy import BufferPolicy
from celeriac.buffers.ranges import Range, steps
from celeriac.buffers.server import Server
from celeriac.ledger.models.caching import WarmRun

Progress = Callable[[int, int, str], None]
"""Called with blocks read, blocks in all and the relation at hand."""

FEATURE = "buffer warming"
KIND = "buffers"


def warm(
    connection: Connection,
    ledger: Connection,
    target: str,
    policy: BufferPolicy,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> WarmReport | Refused | Unavailable:
    """Restore the hot blocks after a restart or failover, once; `force` restores the newest snapshot at any time.

    `connection` is in autocommit: a transaction would keep a lock on every relation read until the end.
    """
    lacking = unavailable(connection)
    if lacking is not None:
        return lacking
    now = server.read(connection)
    found = due(ledger, target, now, policy, force=force)
    if isinstance(found, Refused):
        return found
    readings = restoring(connection, found, now, policy)
    report = _proven(connection, readings, now, policy, progress)
    record(ledger, target, KIND, report, {"snapshot_id": found.id, "postmaster_started_at": now.started_at.isoformat()})
    return report


def _proven(
    connection: Connection, readings: Plan, now: Server, policy: BufferPolicy, progress: Progress | None
) -> WarmReport:
    """Read the planned blocks, and some of them before and others after, to see what it is worth."""
    chosen = probe.choose(readings)
    before = None if chosen is None else probe.ask(connection, chosen.relation, chosen.before)
    report = read(connection, readings, now, policy, progress=progress)
    after = None if chosen is None or before is None else probe.ask(connection, chosen.relation, chosen.after)
    if chosen is None or before is None or after is None:
        return report
    name = f"{chosen.relation.schema}.{chosen.relation.name}"
    return replace(report, first_queries=FirstQueries(name, len(chosen.before), before, after))


def due(ledger: Connection, target: str, now: Server, policy: BufferPolicy, *, force: bool) -> Snapshot | Refused:
    """Return the snapshot to restore, or why nothing is due on this server."""
    if not force and _warmed_since(ledger, target, now):
        return Refused("the buffers were warmed since the server started")
    found = snapshot.latest(ledger, target, policy, not_of=None if force else now.started_at)
    if found is not None:
        return found
    return Refused("there is no snapshot" if force else "there is no snapshot from before the server's last start")


def unavailable(connection: Connection) -> Unavailable | None:
    """Return why this role cannot warm here, None where it can."""
    return extension.missing(connection, FEATURE, "pg_prewarm", "pg_prewarm(regclass,text,text,bigint,bigint)")


def restoring(connection: Connection, found: Snapshot, now: Server, policy: BufferPolicy) -> Plan:
    """Plan the restore of a snapshot against the relations as they are."""
    names = [(relation.schema, relation.name) for relation in found.relations]
    return plan.restore(found.relations, present(connection, names), int(now.buffer_blocks * policy.share))


def present(connection: Connection, names: Iterable[tuple[str, str]]) -> tuple[Present, ...]:
    """Look relations up by (schema, name), in the order given; those that are gone are left out."""
    wanted = list(names)
    rows = connection.execute(
        sql.load(__file__, "present"),
        {"schemas": [schema for schema, _ in wanted], "names": [name for _, name in wanted]},
    )
    found = {
        (row.schema, row.name): Present(row.oid, row.schema, row.name, row.kind, row.filenode, row.blocks)
        for row in rows
    }
    return tuple(found[key] for key in wanted if key in found)


def read(
    connection: Connection, readings: Plan, now: Server, policy: BufferPolicy, *, progress: Progress | None = None
) -> WarmReport:
    """Read the planned blocks into shared buffers, batch by batch, within the time limit.

    A relation that the server refuses to read is skipped with the server's words; a lost connection is raised.
    """
    began = time.monotonic()
    done, total, stopped = 0, readings.blocks, readings.stopped
    refused: dict[Reading, Skipped] = {}
    for reading, batch in _batches(readings, policy):
        if reading in refused:
            continue
        if time.monotonic() - began > policy.time_limit_s:
            stopped = f"the time limit of {policy.time_limit_s:g} s struck: {total - done} blocks were left out"
            break
        try:
            done += _prewarm(connection, reading, batch)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            refused[reading] = Skipped(reading.relation.schema, reading.relation.name, _first_line(error))
        if progress is not None:
            progress(done, total, f"{reading.relation.schema}.{reading.relation.name}")
    return WarmReport(
        blocks=done,
        bytes=done * now.block_bytes,
        seconds=time.monotonic() - began,
        skipped=(*readings.skipped, *refused.values()),
        stopped=stopped,
    )


def record(ledger: Connection, target: str, kind: str, report: WarmReport, detail: Mapping[str, Any]) -> None:
    """Keep what a run cost and brought; `kind` is buffers or index."""
    first = None if report.first_queries is None else asdict(report.first_queries)
    skipped = [f"{each.schema}.{each.name}: {each.reason}" for each in report.skipped]
    ledger.execute(
        insert(WarmRun).values(
            target=target,
            kind=kind,
            seconds=report.seconds,
            warmed=report.blocks,
            bytes=report.bytes,
            detail={**detail, "skipped": skipped, "stopped": report.stopped, "first_queries": first},
        )
    )


def _batches(readings: Plan, policy: BufferPolicy) -> Iterator[tuple[Reading, tuple[Range, ...]]]:
    for reading in readings.readings:
        for batch in steps(reading.ranges, policy.step_blocks):
            yield reading, batch


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]


def _prewarm(connection: Connection, reading: Reading, batch: tuple[Range, ...]) -> int:
    firsts, lasts = zip(*batch, strict=True)
    read_blocks: int = connection.execute(
        sql.load(__file__, "prewarm"),
        {"oid": reading.relation.oid, "firsts": list(firsts), "lasts": list(lasts)},
    ).scalar_one()
    return read_blocks


def _warmed_since(ledger: Connection, target: str, now: Server) -> bool:
    query = (
        select(WarmRun.id)
        .where(WarmRun.target == target, WarmRun.kind == KIND)
        .where(WarmRun.detail["postmaster_started_at"].astext == now.started_at.isoformat())
        .limit(1)
    )
    return ledger.execute(query).first() is not None
