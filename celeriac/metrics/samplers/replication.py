"""How far the standbys are behind, and what the slots hold back.

https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

STANDBY = Metric("celeriac_postgres_is_standby", "gauge", "1", "1 on a standby, 0 on a primary.")
STANDBYS = Metric("celeriac_postgres_standbys", "gauge", "1", "Standbys that stream from this server.")
REPLAY = Metric(
    "celeriac_postgres_replay_lag_seconds",
    "gauge",
    "seconds",
    "On a standby: age of what it has replayed, 0 when it has all.",
)
LAG = Metric(
    "celeriac_postgres_standby_lag_bytes",
    "gauge",
    "bytes",
    "WAL that a streaming standby has yet to replay.",
    ("standby",),
)
RETAINED = Metric(
    "celeriac_postgres_slot_retained_bytes",
    "gauge",
    "bytes",
    "WAL kept on disk for a replication slot.",
    ("slot", "active"),
)
SAFE = Metric(
    "celeriac_postgres_slot_safe_bytes",
    "gauge",
    "bytes",
    "WAL that may still be written before a slot is lost; there where max_slot_wal_keep_size is set.",
    ("slot",),
)
METRICS = (STANDBY, STANDBYS, REPLAY, LAG, RETAINED, SAFE)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read both ends of replication."""
    assert sources.postgres is not None
    standbys = 0
    for row in sources.postgres.execute(sql.load(__file__, "replication")):
        if row.family == "server":
            yield STANDBY.of(row.flag)
            yield REPLAY.of(row.value)
        elif row.family == "standby":
            standbys += 1
            yield LAG.of(row.value, standby=row.label)
        elif row.family == "safe":
            yield SAFE.of(row.value, slot=row.label)
        else:
            yield RETAINED.of(row.value, slot=row.label, active="true" if row.flag else "false")
    yield STANDBYS.of(standbys)
