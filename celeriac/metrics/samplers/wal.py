"""How much is written ahead, and how often everything has to be flushed.

https://www.postgresql.org/docs/current/wal-configuration.html
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

WAL = Metric("celeriac_postgres_wal_bytes_total", "counter", "bytes", "WAL written; on a standby, received.")
CHECKPOINTS = Metric(
    "celeriac_postgres_checkpoints_total",
    "counter",
    "1",
    "Checkpoints by cause: timed is the calm way, requested means max_wal_size was full.",
    ("cause",),
)
SECONDS = Metric(
    "celeriac_postgres_checkpoint_seconds_total",
    "counter",
    "seconds",
    "Time in checkpoints, writing and syncing.",
    ("phase",),
)
WRITTEN = Metric(
    "celeriac_postgres_buffers_written_total",
    "counter",
    "blocks",
    "Dirty buffers written by the checkpointer and by the background writer.",
    ("writer",),
)
ALLOCATED = Metric("celeriac_postgres_buffers_allocated_total", "counter", "blocks", "Buffers taken for another block.")
METRICS = (WAL, CHECKPOINTS, SECONDS, WRITTEN, ALLOCATED)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read the WAL position and the checkpointer's counters, whose view moved in PostgreSQL 17."""
    assert sources.postgres is not None
    version = sql.server_version(sources.postgres)
    row = sources.postgres.execute(sql.load(__file__, "checkpoints", version)).one()
    yield WAL.of(row.wal_bytes)
    yield CHECKPOINTS.of(row.timed, cause="timed")
    yield CHECKPOINTS.of(row.requested, cause="requested")
    yield SECONDS.of(row.write_ms / 1000, phase="write")
    yield SECONDS.of(row.sync_ms / 1000, phase="sync")
    yield WRITTEN.of(row.checkpoint_blocks, writer="checkpointer")
    yield WRITTEN.of(row.cleaner_blocks, writer="background_writer")
    yield ALLOCATED.of(row.allocated_blocks)
