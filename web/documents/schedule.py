"""The schedule of a target: what runs when, when it last ran and what came of it, and what is late."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.exceptions import RedisError

from beat_schedule import ENTRIES, Entry
from config.settings import settings
from tasks import outcomes
from web.documents.source import ResultsAway

LATE_RATIO: Final = 1.5
"""An entry that has not ended for so many of its periods is late: one run may take long, or wait its turn."""
LEAST_LATE: Final = timedelta(seconds=10)
"""Of an entry that runs each second, a moment's delay says nothing."""


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One periodic task of a target."""

    name: str
    """By which settings change the period."""
    task: str
    every_s: float
    """0 where it is turned off."""
    priority: int
    last_run_at: datetime | None
    """When its last run ended; None where none is known of."""
    last_outcome: str | None
    """runs, failed, retried or skipped."""
    last_ms: float | None
    last_reason: str | None
    """Why it was skipped or failed."""
    next_run_at: datetime | None
    late_s: float
    """By how much it is overdue; 0 where it is not."""


def schedule(target: str) -> tuple[ScheduleLine, ...]:
    """Return the schedule of a target in the order of `beat_schedule.py`; raises TargetUnknown."""
    settings().target(target)
    chosen = settings().schedule
    now = datetime.now(UTC)
    try:
        ran = outcomes.last(target, [entry.task for entry in ENTRIES])
    except RedisError:
        raise ResultsAway from None
    return tuple(
        line(entry, chosen.every.get(entry.name, entry.every / chosen.speed), ran.get(entry.task), now)
        for entry in ENTRIES
    )


def line(entry: Entry, every: timedelta, last: dict[str, Any] | None, now: datetime) -> ScheduleLine:
    """Say when an entry is next due, and how late it is."""
    at = datetime.fromisoformat(last["at"]) if last else None
    due = at + every if at is not None and every else None
    grace = max(LATE_RATIO * every, every + LEAST_LATE)
    late_s = (now - at - grace).total_seconds() if at is not None and every else 0.0
    return ScheduleLine(
        name=entry.name,
        task=entry.task,
        every_s=every.total_seconds(),
        priority=entry.priority,
        last_run_at=at,
        last_outcome=last["outcome"] if last else None,
        last_ms=last["ms"] if last else None,
        last_reason=last.get("reason") if last else None,
        next_run_at=None if due is None else max(due, now),
        late_s=round(max(0.0, late_s), 1),
    )
