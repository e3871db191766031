"""Indexes that nothing has used for longer than a business cycle, on any server."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.health.finding import Finding
from celeriac.health.known import Known
from celeriac.health.policy import MIB, HealthPolicy
from celeriac.health.reading import rows_of


@dataclass(frozen=True, slots=True)
class Row:
    """An index without a scan for `idle_s`, and for how long this server has counted."""

    oid: int
    name: str
    size_bytes: int
    idle_s: float
    replicas: int
    """Servers that stream from this one."""
    scanned_on_replicas: frozenset[int] | None = None


def read(connection: Connection, policy: HealthPolicy, known: Known) -> Iterator[Row]:
    """Read this server's counters, and put beside them what the ledger knows of the replicas'."""
    rows = rows_of(__file__, "unused_indexes", Row, connection, policy, by_plans=json.dumps(known.scans_by_plans))
    for row in rows:
        yield replace(row, scanned_on_replicas=known.scanned_on_replicas)


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:
    """Report what is large and unused, and say where that cannot be told yet."""
    enough_s = policy.unused_after_days * 86_400
    suspects = [row for row in rows if row.oid not in (row.scanned_on_replicas or ())]
    blind = [row for row in suspects if row.replicas and row.scanned_on_replicas is None]
    if blind:
        yield _cannot_tell(
            f"{blind[0].replicas} replicas may use {len(blind)} indexes that this server does not",
            "-- Name the replicas in CELERIAC_TARGETS__<NAME>__REPLICA_URLS; their counters are then kept.",
        )
        return
    for row in suspects:
        if row.idle_s >= enough_s:
            yield _unused(row)
    young = [row for row in suspects if row.idle_s < enough_s]
    if young and len(young) == len(suspects):
        yield _cannot_tell(
            f"the counters began {young[0].idle_s / 86_400:.0f} days ago, and {len(young)} indexes without a scan since"
            f" are told unused after {policy.unused_after_days:.0f}"
        )


def _unused(row: Row) -> Finding:
    return Finding(
        "unused_indexes",
        "warning",
        row.name,
        f"Index {row.name} ({row.size_bytes / MIB:.0f} MiB) was not used in {row.idle_s / 86_400:.0f} days.",
        {"size_bytes": row.size_bytes, "idle_days": row.idle_s / 86_400},
        f"DROP INDEX CONCURRENTLY {row.name};",
    )


def _cannot_tell(reason: str, cure: str | None = None) -> Finding:
    return Finding("unused_indexes", "skipped", "", f"Not looked at: {reason}.", cure=cure)
