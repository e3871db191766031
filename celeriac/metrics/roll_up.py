"""Fold samples into minutes, minutes into hours, hours into days; running it again changes nothing."""

from datetime import datetime

from sqlalchemy import Connection

from celeriac import sql

_FOLDS = (
    ("roll_up_samples", {"step": "minute", "again": "5 minutes"}),
    ("roll_up_rollups", {"step": "hour", "from_step": "minute", "again": "1 hour"}),
    ("roll_up_rollups", {"step": "day", "from_step": "hour", "again": "1 day"}),
)
"""Each fold begins a little before where the last one ended, for samples whose transaction committed late."""


def roll_up(ledger: Connection, target: str, *, now: datetime | None = None) -> dict[str, int]:
    """Fold what is complete and not folded yet; returns the rows written by step. `now` is the database's clock."""
    return {
        bounds["step"]: ledger.execute(sql.load(__file__, query), {"target": target, "now": now, **bounds}).rowcount
        for query, bounds in _FOLDS
    }
