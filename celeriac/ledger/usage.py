"""How often indexes were used over time, by every server that could use them, kept across resets of the counters."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Table, delete, func, insert, select

from celeriac.ledger import clock
from celeriac.ledger.models.changes import PlanningUse
from celeriac.ledger.models.usage import IndexUsage as _Row

_TABLE = cast("Table", _Row.__table__)
_PLANNING = cast("Table", PlanningUse.__table__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one index on one server, as they stood."""

    server: str
    index_oid: int
    scans: int
    table_reads: int
    table_writes: int
    stats_reset: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A reading and when it was taken, by the ledger's clock."""

    at: datetime
    reading: Reading


def record(ledger: Connection, target: str, readings: Iterable[Reading], *, keep: timedelta) -> None:
    """Keep these readings, and forget those older than `keep`."""
    rows = [{"target": target, **asdict(one)} for one in readings]
    if rows:
        ledger.execute(insert(_TABLE), rows)
    old = clock.ago(keep)
    ledger.execute(delete(_TABLE).where(_TABLE.c.target == target, _TABLE.c.at < old))


def history(ledger: Connection, target: str) -> Mapping[int, tuple[Snapshot, ...]]:
    """Return the snapshots of each index, oldest first."""
    columns = _TABLE.c
    found: dict[int, list[Snapshot]] = {}
    for row in ledger.execute(select(_TABLE).where(columns.target == target).order_by(columns.at, columns.id)):
        reading = Reading(
            row.server, row.index_oid, row.scans, row.table_reads, row.table_writes, row.stats_reset
        )  # fmt: skip
        found.setdefault(row.index_oid, []).append(Snapshot(row.at, reading))
    return {oid: tuple(snapshots) for oid, snapshots in found.items()}


def planning(ledger: Connection, target: str, *, since: datetime) -> Mapping[int, int]:
    """Return the scans that our own EXPLAINs caused since an instant, by index."""
    columns = _PLANNING.c
    rows = ledger.execute(
        select(columns.index_oid, func.sum(columns.scans))
        .where(columns.target == target, columns.at >= since)
        .group_by(columns.index_oid)
    )
    return {int(oid): int(scans) for oid, scans in rows}
