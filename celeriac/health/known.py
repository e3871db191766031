"""What a catalog cannot say, gathered from the ledger: the use of indexes on replicas, and by our own plans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, cast

from sqlalchemy import Connection, Table, func, select

from celeriac.health.policy import HealthPolicy
from celeriac.ledger import clock
from celeriac.ledger.models.changes import PlanningUse
from celeriac.ledger.models.usage import IndexUsage

_USAGE = cast("Table", IndexUsage.__table__)
_PLANNING = cast("Table", PlanningUse.__table__)


@dataclass(frozen=True, slots=True)
class Known:
    """Facts from outside the server; None is not known, which is not the same as none."""

    scanned_on_replicas: frozenset[int] | None = None
    """Indexes (oid) that a replica has used."""
    scans_by_plans: Mapping[int, int] = field(default_factory=dict)
    """Scans of an index that our own EXPLAINs caused."""


NOTHING: Final = Known()


def from_ledger(ledger: Connection, target: str, policy: HealthPolicy) -> Known:
    """Read what the ledger knows of a target."""
    # No further back than an index must be idle: what came before a reset of the counters is not in them.
    cycle = timedelta(days=policy.unused_after_days)
    return Known(_replicas(ledger, target), _planning(ledger, target, cycle))


def _replicas(ledger: Connection, target: str) -> frozenset[int] | None:
    columns = _USAGE.c
    elsewhere = (columns.target == target, columns.server != "primary")
    if ledger.scalar(select(_USAGE.c.id).where(*elsewhere).limit(1)) is None:
        return None
    used = select(columns.index_oid).where(*elsewhere, columns.scans > 0).distinct()
    return frozenset(ledger.execute(used).scalars())


def _planning(ledger: Connection, target: str, back: timedelta) -> Mapping[int, int]:
    columns = _PLANNING.c
    rows = ledger.execute(
        select(columns.index_oid, func.sum(columns.scans))
        .where(columns.target == target, columns.at >= clock.ago(back))
        .group_by(columns.index_oid)
    )
    return {int(oid): int(scans) for oid, scans in rows}
