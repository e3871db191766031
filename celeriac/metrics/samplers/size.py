"""How large the database is; apart from the rest, since it asks the file system for every file and may time out."""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

SIZE = Metric("celeriac_postgres_database_bytes", "gauge", "bytes", "Size of the database's files.")
METRICS = (SIZE,)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:  # noqa: ARG001 - one signature for all
    """Ask for the size of the connection's database."""
    assert sources.postgres is not None
    yield SIZE.of(sources.postgres.execute(sql.load(__file__, "size")).scalar_one())
