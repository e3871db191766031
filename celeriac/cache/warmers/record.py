"""Keep what a warm run brought in the ledger."""

from dataclasses import asdict

from sqlalchemy import Connection, insert

from celeriac.cache.warmers.warmer import WarmReport
from celeriac.ledger.models.caching import WarmRun


def record(ledger: Connection, target: str, report: WarmReport) -> int:
    """Write a WarmRun and return its id; the caller owns the transaction."""
    row = {
        "target": target,
        "kind": "cache",
        "seconds": report.seconds,
        "warmed": report.warmed,
        "bytes": report.bytes,
        "detail": {"warmers": [asdict(one) for one in report.warmers], "stopped": report.stopped},
    }
    written: int = ledger.execute(insert(WarmRun).values(row).returning(WarmRun.id)).scalar_one()
    return written
