"""What our own planning added to the scan counters of indexes: EXPLAIN raises idx_scan as a query does."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert

from celeriac.ledger.models.changes import PlanningUse


def record(ledger: Connection, target: str, scans: Iterable[tuple[int, int]]) -> None:
    """Keep the scans that one analysis caused, as (index oid, scans), so that use can be told net of them."""
    rows = [{"target": target, "index_oid": oid, "scans": count} for oid, count in scans]
    if rows:
        ledger.execute(insert(PlanningUse), rows)
