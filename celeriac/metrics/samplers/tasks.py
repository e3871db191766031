"""What the workers say of each task: how often it ran, how it ended, how long it took."""

from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

RUNS = Metric(
    "celeriac_task_runs_total",
    "counter",
    "1",
    "Runs by outcome: succeeded, failed, retried, skipped (the same work was under way).",
    ("task", "outcome"),
)
SECONDS = Metric("celeriac_task_run_seconds_total", "counter", "seconds", "Time of all runs.", ("task",))
WAIT = Metric(
    "celeriac_task_wait_seconds_total",
    "counter",
    "seconds",
    "Time that messages waited between being sent and being run, of all runs whose publisher said when.",
    ("task",),
)
WAITED = Metric("celeriac_task_waits_total", "counter", "1", "Runs of which that is known.", ("task",))
METRICS = (RUNS, SECONDS, WAIT, WAITED)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Tell the counters' outcomes apart: `runs` holds failed and retried runs too."""
    for task, counted in sources.tasks.items():
        failed, retried = counted.get("failed", 0), counted.get("retried", 0)
        yield RUNS.of(counted.get("runs", 0) - failed - retried, task=task, outcome="succeeded")
        yield RUNS.of(failed, task=task, outcome="failed")
        yield RUNS.of(retried, task=task, outcome="retried")
        yield RUNS.of(counted.get("skipped", 0), task=task, outcome="skipped")
        yield SECONDS.of(counted.get("total_ms", 0) / 1000, task=task)
        yield WAIT.of(counted.get("wait_ms", 0) / 1000, task=task)
        yield WAITED.of(counted.get("waits", 0), task=task)
