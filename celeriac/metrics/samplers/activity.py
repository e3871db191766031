"""Who is connected, what they wait for, and how old the oldest transaction is.

https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

CONNECTIONS = Metric(
    "celeriac_postgres_connections", "gauge", "1", "Client sessions of the whole server by state.", ("state",)
)
LIMIT = Metric("celeriac_postgres_connections_limit", "gauge", "1", "max_connections.")
WAITING = Metric(
    "celeriac_postgres_waiting_sessions",
    "gauge",
    "1",
    "Active client sessions that wait, by what they wait for.",
    ("wait",),
)
TRANSACTION = Metric(
    "celeriac_postgres_longest_transaction_seconds", "gauge", "seconds", "Age of the oldest open transaction."
)
IDLE = Metric(
    "celeriac_postgres_longest_idle_transaction_seconds",
    "gauge",
    "seconds",
    "How long a session has been idle in its transaction, at most.",
)
QUERY = Metric("celeriac_postgres_longest_query_seconds", "gauge", "seconds", "Age of the oldest running statement.")
METRICS = (CONNECTIONS, LIMIT, WAITING, TRANSACTION, IDLE, QUERY)

_FAMILY = {"state": CONNECTIONS, "wait": WAITING}
_SINGLE = {"limit": LIMIT, "transaction": TRANSACTION, "idle": IDLE, "query": QUERY}


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read pg_stat_activity once."""
    assert sources.postgres is not None
    for row in sources.postgres.execute(sql.load(__file__, "activity")):
        if row.family in _FAMILY:
            yield _FAMILY[row.family].of(row.value, **{row.family: row.label})
        else:
            yield _SINGLE[row.family].of(row.value)
