"""What came of a run, by the table's figures after it; what the client was told decides nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from celeriac.maintenance.facts import Table
from celeriac.maintenance.policy import Kind


def is_done(kind: Kind, before: Mapping[str, Any], wanted: Mapping[str, str], now: Table) -> bool:
    """Tell whether the table has what the run was to give it; `before["at"]` is when it began, by the same clock."""
    if kind == "settings":
        return all(now.options.get(option) == value for option, value in wanted.items())
    begun = datetime.fromisoformat(before["at"])
    if kind == "vacuum":
        return now.vacuumed_at is not None and now.vacuumed_at >= begun
    if now.analyzed_at is None:  # before PostgreSQL 14 nobody counts that of a partitioned table
        return now.kind == "p" and now.has_statistics
    return now.analyzed_at >= begun


def told(kind: Kind, before: Mapping[str, Any], wanted: Mapping[str, str], now: Table) -> str:
    """Say what a run brought, with the figures before and after."""
    if kind == "settings":
        return f"it has {', '.join(f'{option} = {value}' for option, value in wanted.items())}"
    if kind == "analyze":
        return (
            f"the planner believes in {now.estimated_rows:.0f} rows where {now.rows} are; "
            f"it believed in {float(before['estimated_rows']):.0f}"
        )
    freed = int(before["dead"]) - now.dead
    held = "" if now.dead <= int(before["dead"]) / 2 else ", the others are held back or have died since"
    return (
        f"{max(freed, 0)} of {before['dead']} dead rows are gone{held}; "
        f"{now.visible_ratio:.0%} of its pages are all-visible after {float(before['visible_ratio']):.0%}"
    )
