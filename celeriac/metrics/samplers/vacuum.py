"""The vacuums that run now and how far they are.

https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

RUNNING = Metric("celeriac_postgres_vacuums", "gauge", "1", "Vacuums that run in the database.", ("kind",))
SCANNED = Metric(
    "celeriac_postgres_vacuum_scanned_ratio",
    "gauge",
    "ratio",
    "How much of its table a vacuum has scanned.",
    ("schema", "table"),
)
METRICS = (RUNNING, SCANNED)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Read the progress of every vacuum of the database."""
    assert sources.postgres is not None
    rows = sources.postgres.execute(sql.load(__file__, "vacuum")).all()
    yield RUNNING.of(sum(row.automatic for row in rows), kind="automatic")
    yield RUNNING.of(sum(not row.automatic for row in rows), kind="manual")
    for row in rows:
        if row.name is not None:  # dropped meanwhile
            yield SCANNED.of(row.ratio, schema=row.schema, table=row.name)
