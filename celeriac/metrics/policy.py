"""How long a sampler may take and how long history is kept; `config` composes it from the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class MetricsPolicy:
    """The thresholds of the metrics."""

    sampler_timeout_ms: int = 2_000
    """Of each statement of a sampler: watching must never become the load that it watches."""
    dear_every: timedelta = timedelta(minutes=4)
    """Of samplers whose cost grows with the number of relations; below `stale_after`, so that none vanishes."""
    rare_every: timedelta = timedelta(minutes=30)
    """Of the database's size, which asks the file system for every file; it counts as current for twice as long."""
    top_tables: int = 20
    """Tables with series of their own, by size and by dead rows; the others are in the totals."""
    top_waits: int = 10
    """Wait events with series of their own, by sessions that wait."""
    top_statements: int = 10
    """Statements with series of their own, by time in the latest window; all of them have hours of their own."""
    keep_samples: timedelta = timedelta(days=1)
    """As taken. With 300 series every 30 s: 100 MB."""
    keep_minutes: timedelta = timedelta(days=7)
    """500 MB at 300 series; all steps together stay below 750 MB."""
    keep_hours: timedelta = timedelta(days=90)
    """110 MB at 300 series."""
    keep_days: timedelta = timedelta(days=730)
    """35 MB at 300 series."""
    rows_per_delete: int = 50_000
    """Pruning deletes in pieces of this size, so that no piece floods the WAL."""
    stale_after: timedelta = timedelta(minutes=5)
    """An older value is not shown as the current one."""
