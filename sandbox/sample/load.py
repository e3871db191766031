"""Create and fill the sample's tables on the server itself: two million rows at scale 1, vacuumed and analysed.

The statements carry our signature, so that an optimizer that watches leaves the load out of what it measures.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from sqlalchemy import Connection, NullPool, create_engine, inspect, text

from celeriac.errors import CeleriacError
from celeriac.sql import load as query
from celeriac.sql import sign


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of each table; they sum to two million at scale 1."""

    users: int
    jobs: int
    artifacts: int
    search: int
    performance: int
    service: int
    sessions: int

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(asdict(self).values())


FULL = Sizes(
    users=40_000, jobs=300_000, artifacts=500_000, search=250_000, performance=500_000, service=350_000, sessions=60_000
)
TABLES = (
    "artifacts",
    "performance_metrics",
    "scraping_jobs",
    "service_metrics",
    "search_index",
    "crawl_sessions",
    "users",
)
"""In the order they are begun: the longest first, so that two connections end together."""
CONNECTIONS = 2


class SampleExists(CeleriacError):
    """Table {table} exists in this database already; load the sample into an empty database."""


class ScaleOdd(CeleriacError):
    """Scale {scale} is out of range; 1 gives two million rows, and anything above 0 up to 100 will do."""


def sizes(scale: float) -> Sizes:
    """Return how many rows each table gets.

    >>> sizes(1).total
    2000000
    >>> sizes(0.001).sessions
    60
    """
    if not 0 < scale <= 100:
        raise ScaleOdd(scale=scale)
    return Sizes(**{name: max(1, round(rows * scale)) for name, rows in asdict(FULL).items()})


def load(
    url: str,
    scale: float = 1.0,
    *,
    tables: Collection[str] = TABLES,
    progress: Callable[[int, int, str], None] | None = None,
) -> Sizes:
    """Create the schema, fill the tables (or only some of them), add primary keys, vacuum and analyse.

    Raises SampleExists, ScaleOdd.
    """
    rows = sizes(scale)
    _create_schema(url)
    wanted = [table for table in TABLES if table in tables]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        filled = pool.map(lambda table: fill(url, table, rows), wanted)
        for done, table in enumerate(filled, start=1):
            if progress:
                progress(done, len(wanted), table)
    return rows


def fill(url: str, table: str, rows: Sizes) -> str:
    """Fill one table and finish it; returns its name."""
    with _autocommit(url) as connection:
        connection.execute(query(__file__, "functions"))
        connection.execute(query(__file__, f"fill_{table}"), asdict(rows))
        for statement in (
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id)",
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))",  # noqa: S608 - ours
            f"VACUUM (ANALYZE) {table}",
        ):
            connection.execute(text(sign("finish_load", statement)))
    return table


def _create_schema(url: str) -> None:
    with _autocommit(url) as connection:
        existing = set(inspect(connection).get_table_names()) & set(TABLES)
        if existing:
            raise SampleExists(table=min(existing))
        connection.execute(query(__file__, "schema"))


@contextmanager
def _autocommit(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def main(
    url: Annotated[str, typer.Option(help="SQLAlchemy URL of an empty database.")],
    scale: Annotated[float, typer.Option(help="1 loads two million rows.")] = 1.0,
) -> None:
    """Load the sample application's tables."""
    try:
        rows = load(url, scale, progress=lambda done, total, table: print(f"{done}/{total} {table}", flush=True))
    except CeleriacError as refusal:
        print(refusal)
        raise typer.Exit(1) from None
    print(f"{rows.total:,} rows")


if __name__ == "__main__":
    typer.run(main)
