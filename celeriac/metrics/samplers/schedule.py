"""Beat's schedule and whether it is kept: when each task last ended, when it is due, how late it is."""

import time
from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

PERIOD = Metric("celeriac_schedule_period_seconds", "gauge", "seconds", "How often the task is sent.", ("task",))
LAST = Metric(
    "celeriac_schedule_last_run_timestamp_seconds",
    "gauge",
    "seconds",
    "When its last run on the target ended, whatever came of it.",
    ("task",),
)
NEXT = Metric(
    "celeriac_schedule_next_run_timestamp_seconds", "gauge", "seconds", "When its next run is due.", ("task",)
)
LATE = Metric(
    "celeriac_schedule_late_seconds", "gauge", "seconds", "How long its next run is overdue; 0 in time.", ("task",)
)
METRICS = (PERIOD, LAST, NEXT, LATE)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Tell of each line of the schedule; of one that never ran only its period."""
    now = time.time()
    for task, one in sources.schedule.items():
        yield PERIOD.of(one.every_s, task=task)
        if one.last_at is None:
            continue
        due = one.last_at + one.every_s
        yield LAST.of(one.last_at, task=task)
        yield NEXT.of(due, task=task)
        yield LATE.of(max(0.0, now - due), task=task)
