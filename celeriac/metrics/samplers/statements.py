"""What all statements together did in the latest window of pg_stat_statements that the ledger holds."""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

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
_TOP = ("fingerprint",)
TOP_EXECUTION = Metric(
    "celeriac_statement_execution_seconds",
    "gauge",
    "seconds",
    "Execution time in the latest window of one of the statements with most of it.",
    _TOP,
)
TOP_CALLS = Metric("celeriac_statement_calls", "gauge", "1", "Its calls in the window.", _TOP)
TOP_BLOCKS = Metric("celeriac_statement_blocks", "gauge", "blocks", "Shared blocks that it touched.", _TOP)
TOP_IO = Metric(
    "celeriac_statement_io_seconds",
    "gauge",
    "seconds",
    "Its time in reading and writing blocks; 0 while track_io_timing is off.",
    _TOP,
)
METRICS = (SECONDS, COUNT, CALLS, EXECUTION, BLOCKS, WAL, TOP_EXECUTION, TOP_CALLS, TOP_BLOCKS, TOP_IO)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:
    """Add up the latest window and name its heaviest statements; nothing before the second capture."""
    assert sources.ledger is not None
    asked = {"target": sources.target}
    total = sources.ledger.execute(sql.load(__file__, "statement_totals"), asked).one_or_none()
    if total is None:
        return
    yield SECONDS.of(total.seconds)
    yield COUNT.of(total.statements)
    yield CALLS.of(total.calls)
    yield EXECUTION.of(total.total_ms / 1000)
    yield BLOCKS.of(total.hit_blocks, source="hit")
    yield BLOCKS.of(total.read_blocks, source="read")
    yield WAL.of(total.wal_bytes)
    top = asked | {"statements": policy.top_statements}
    for row in sources.ledger.execute(sql.load(__file__, "statement_top"), top):
        yield TOP_EXECUTION.of(row.total_ms / 1000, fingerprint=row.fingerprint)
        yield TOP_CALLS.of(row.calls, fingerprint=row.fingerprint)
        yield TOP_BLOCKS.of(row.blocks, fingerprint=row.fingerprint)
        yield TOP_IO.of(row.io_ms / 1000, fingerprint=row.fingerprint)
