"""Tables and indexes: totals, and series of their own for the largest and the dirtiest.

Sizes are those of the last VACUUM or ANALYZE (`relpages`): asking every relation costs 40 µs each and waits for locks.
"""

from collections.abc import Iterator

from celeriac import sql
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.sample import Metric, Sample
from celeriac.metrics.sources import Sources

COUNT = Metric("celeriac_postgres_relations", "gauge", "1", "Tables and indexes, system catalogs left out.", ("kind",))
BYTES = Metric(
    "celeriac_postgres_relation_bytes",
    "gauge",
    "bytes",
    "Tables (TOAST included) and indexes in all, by last vacuum.",
    ("kind",),
)
LIVE = Metric("celeriac_postgres_live_rows", "gauge", "rows", "Live rows in all tables, as the statistics estimate.")
DEAD = Metric("celeriac_postgres_dead_rows", "gauge", "rows", "Dead rows in all tables, as the statistics estimate.")
SCANS = Metric(
    "celeriac_postgres_table_scans_total", "counter", "1", "Scans of tables: sequential, or by index.", ("kind",)
)
UPDATES = Metric(
    "celeriac_postgres_row_updates_total",
    "counter",
    "rows",
    "Row updates: in place of the page (hot) or not.",
    ("kind",),
)
TABLE_BYTES = Metric(
    "celeriac_postgres_table_bytes",
    "gauge",
    "bytes",
    "One of the largest tables: its own blocks, its TOAST, its indexes, by last vacuum.",
    ("schema", "table", "part"),
)
TABLE_DEAD = Metric(
    "celeriac_postgres_table_dead_rows",
    "gauge",
    "rows",
    "Dead rows of one of the tables with most.",
    ("schema", "table"),
)
METRICS = (COUNT, BYTES, LIVE, DEAD, SCANS, UPDATES, TABLE_BYTES, TABLE_DEAD)


def sample(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:
    """Read the totals and the outstanding tables, in two passes over pg_class."""
    assert sources.postgres is not None
    total = sources.postgres.execute(sql.load(__file__, "relation_totals")).one()
    yield COUNT.of(total.tables, kind="table")
    yield COUNT.of(total.indexes, kind="index")
    yield BYTES.of(total.table_bytes, kind="table")
    yield BYTES.of(total.index_bytes, kind="index")
    yield LIVE.of(total.live_rows)
    yield DEAD.of(total.dead_rows)
    yield SCANS.of(total.sequential_scans, kind="sequential")
    yield SCANS.of(total.index_scans, kind="index")
    yield UPDATES.of(total.hot_updates, kind="hot")
    yield UPDATES.of(total.updates - total.hot_updates, kind="cold")
    yield from _outstanding(sources, policy)


def _outstanding(sources: Sources, policy: MetricsPolicy) -> Iterator[Sample]:
    assert sources.postgres is not None
    for row in sources.postgres.execute(sql.load(__file__, "relation_top"), {"tables": policy.top_tables}):
        named = {"schema": row.schema, "table": row.name}
        if row.dead_rows is not None:
            yield TABLE_DEAD.of(row.dead_rows, **named)
        else:
            yield TABLE_BYTES.of(row.heap_bytes, part="heap", **named)
            yield TABLE_BYTES.of(row.toast_bytes, part="toast", **named)
            yield TABLE_BYTES.of(row.index_bytes, part="indexes", **named)
