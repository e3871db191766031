"""What running sessions wait for, event by event, and the locks that are waited for: sampled, as it is nowhere counted.

https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

EVENTS = Metric(
    "celeriac_postgres_wait_event_sessions",
    "gauge",
    "1",
    "Running client sessions by what they wait for (cpu: for nothing), the commonest events.",
    ("type", "event"),
)
LOCKS = Metric("celeriac_postgres_lock_waits", "gauge", "1", "Locks that are waited for, by kind.", ("kind",))
LONGEST = Metric(
    "celeriac_postgres_longest_lock_wait_seconds",
    "gauge",
    "seconds",
    "Age of the oldest statement that waits for a lock.",
)
BLOCKING = Metric("celeriac_postgres_blocking_sessions", "gauge", "1", "Sessions that hold a lock others wait for.")
METRICS = (EVENTS, LOCKS, LONGEST, BLOCKING)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:
    """Read pg_stat_activity and pg_locks once; an event that nobody waits for any more is told as 0, once."""
    assert sources.postgres is not None
    seen = set()
    for row in sources.postgres.execute(sql.load(__file__, "waits"), {"events": policy.top_waits}):
        if row.family == "event":
            seen.add((row.type, row.label))
            yield EVENTS.of(row.value, type=row.type, event=row.label)
        elif row.family == "lock":
            yield LOCKS.of(row.value, kind=row.label)
        else:
            yield (LONGEST if row.family == "longest" else BLOCKING).of(row.value)
    for type_, event in _recent(sources, policy) - seen:
        yield EVENTS.of(0, type=type_, event=event)


def _recent(sources: Sources, policy: MetricsPolicy) -> set[tuple[str, str]]:
    if sources.ledger is None:
        return set()
    asked = {"target": sources.target, "name": EVENTS.name, "within": policy.stale_after}
    return {(row.type, row.event) for row in sources.ledger.execute(sql.load(__file__, "recent_waits"), asked)}
