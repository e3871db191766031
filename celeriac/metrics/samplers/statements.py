"""What all statements together did in the latest window of pg_stat_statements that the ledger holds."""

from collections.abc import Iterator

from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources
from celeriac.statements import windows
from celeriac.statements.statement import total

SECONDS = Metric("celeriac_statements_window_seconds", "gauge", "seconds", "Length of the latest window.")
COUNT = Metric("celeriac_statements_window_statements", "gauge", "1", "Different statements that ran in it.")
CALLS = Metric("celeriac_statements_window_calls", "gauge", "1", "Calls in it.")
EXECUTION = Metric("celeriac_statements_window_execution_seconds", "gauge", "seconds", "Execution time in it.")
BLOCKS = Metric(
    "celeriac_statements_window_blocks",
    "gauge",
    "blocks",
    "Shared blocks touched in it, found (hit) or read.",
    ("source",),
)
WAL = Metric("celeriac_statements_window_wal_bytes", "gauge", "bytes", "WAL that its statements wrote.")
METRICS = (SECONDS, COUNT, CALLS, EXECUTION, BLOCKS, WAL)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Add up the latest window; nothing before the second capture."""
    assert sources.ledger is not None
    newest = windows.latest_id(sources.ledger, sources.target)
    window = newest and windows.read(sources.ledger, sources.target, after_id=newest - 1, up_to_id=newest)
    if not window:
        return
    counters = total(window.statements) + window.other
    yield SECONDS.of(window.seconds)
    yield COUNT.of(len(window.statements))
    yield CALLS.of(counters.calls)
    yield EXECUTION.of(counters.total_ms / 1000)
    yield BLOCKS.of(counters.shared_hit_blocks, source="hit")
    yield BLOCKS.of(counters.shared_read_blocks, source="read")
    yield WAL.of(counters.wal_bytes)
