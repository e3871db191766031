"""Delete history that is past its keep, in pieces, and never what is not folded into the next coarser step yet."""

from sqlalchemy import Connection

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy


def prune(ledger: Connection, target: str, policy: MetricsPolicy) -> dict[str, int]:
    """Delete one piece of each step and return the rows that went, by step; call again while a piece was full.

    Series of which nothing is left go too: labels come and go with tables, queues and hosts.
    """
    common = {"target": target, "most": policy.rows_per_delete}
    steps = (
        ("minute", {"keep": policy.keep_minutes, "coarser": "hour", "again": "1 hour"}),
        ("hour", {"keep": policy.keep_hours, "coarser": "day", "again": "1 day"}),
        ("day", {"keep": policy.keep_days, "coarser": None, "again": "0"}),
    )
    samples = ledger.execute(sql.load(__file__, "prune_samples"), {**common, "keep": policy.keep_samples}).rowcount
    rollups = {
        step: ledger.execute(sql.load(__file__, "prune_rollups"), {**common, "step": step, **bounds}).rowcount
        for step, bounds in steps
    }
    series = ledger.execute(sql.load(__file__, "prune_series"), {"target": target}).rowcount
    return {"sample": samples, **rollups, "series": series}
