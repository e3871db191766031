"""The workers that are there, as each says of itself: processes of its pool, tasks that run, memory of all of them."""

from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

_WORKER = ("worker",)
PROCESSES = Metric("celeriac_worker_pool_processes", "gauge", "1", "Processes of a worker's pool.", _WORKER)
ACTIVE = Metric("celeriac_worker_active_tasks", "gauge", "1", "Tasks that run in a worker now.", _WORKER)
MEMORY = Metric(
    "celeriac_worker_pool_resident_bytes", "gauge", "bytes", "Memory of a worker and its processes.", _WORKER
)
SEEN = Metric(
    "celeriac_worker_seen_timestamp_seconds", "gauge", "seconds", "When a worker last said that it is there.", _WORKER
)
METRICS = (PROCESSES, ACTIVE, MEMORY, SEEN)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Tell what each worker said."""
    for worker, state in sources.workers.items():
        yield PROCESSES.of(state.processes, worker=worker)
        yield ACTIVE.of(state.active, worker=worker)
        yield MEMORY.of(state.resident_bytes, worker=worker)
        yield SEEN.of(state.at, worker=worker)
