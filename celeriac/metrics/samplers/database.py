"""What one database has done since its statistics began: transactions, rows, blocks, temporary files, deadlocks.

https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

TRANSACTIONS = Metric(
    "celeriac_postgres_transactions_total", "counter", "1", "Transactions ended, by commit or rollback.", ("outcome",)
)
ROWS = Metric(
    "celeriac_postgres_rows_total",
    "counter",
    "rows",
    "Rows returned (by scans), fetched (by index), inserted, updated, deleted.",
    ("operation",),
)
BLOCKS = Metric(
    "celeriac_postgres_blocks_total",
    "counter",
    "blocks",
    "Blocks found in shared buffers (hit) or asked from the system (read).",
    ("source",),
)
IO = Metric(
    "celeriac_postgres_io_seconds_total",
    "counter",
    "seconds",
    "Time in reading and writing blocks; 0 while track_io_timing is off.",
    ("operation",),
)
TEMP_FILES = Metric("celeriac_postgres_temp_files_total", "counter", "1", "Temporary files: work_mem was too small.")
TEMP_BYTES = Metric("celeriac_postgres_temp_bytes_total", "counter", "bytes", "Bytes written to temporary files.")
DEADLOCKS = Metric("celeriac_postgres_deadlocks_total", "counter", "1", "Deadlocks found.")
CONFLICTS = Metric(
    "celeriac_postgres_recovery_conflicts_total", "counter", "1", "Queries cancelled on a standby by replay."
)
XID_AGE = Metric(
    "celeriac_postgres_transaction_id_age",
    "gauge",
    "1",
    "Transactions since the oldest unfrozen one; 2 billion is the end.",
)
MULTIXACT_AGE = Metric(
    "celeriac_postgres_multixact_age", "gauge", "1", "Multixacts since the oldest unfrozen one; 2 billion is the end."
)
METRICS = (TRANSACTIONS, ROWS, BLOCKS, IO, TEMP_FILES, TEMP_BYTES, DEADLOCKS, CONFLICTS, XID_AGE, MULTIXACT_AGE)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read the database's row of pg_stat_database."""
    assert sources.postgres is not None
    row = sources.postgres.execute(sql.load(__file__, "database")).one()
    yield TRANSACTIONS.of(row.commits, outcome="commit")
    yield TRANSACTIONS.of(row.rollbacks, outcome="rollback")
    for operation in ("returned", "fetched", "inserted", "updated", "deleted"):
        yield ROWS.of(getattr(row, operation), operation=operation)
    yield BLOCKS.of(row.hit_blocks, source="hit")
    yield BLOCKS.of(row.read_blocks, source="read")
    yield IO.of(row.read_ms / 1000, operation="read")
    yield IO.of(row.write_ms / 1000, operation="write")
    yield TEMP_FILES.of(row.temp_files)
    yield TEMP_BYTES.of(row.temp_bytes)
    yield DEADLOCKS.of(row.deadlocks)
    yield CONFLICTS.of(row.conflicts)
    yield XID_AGE.of(row.xid_age)
    yield MULTIXACT_AGE.of(row.multixact_age)
