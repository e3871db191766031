"""The planted index looks good to the planner and measurably hurts."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from celeriac.indexes.ddl import quote
from sandbox.sample.load import load, sizes
from sandbox.sample.shape import Draw, Extent, Shape
from sandbox.sample.trap import READ, TRAP, WRITE

SCALE = 0.3
READS = 8
WRITES = READS * WRITE.share // READ.share * 10


@dataclass(frozen=True)
class Measured:
    estimated_cost: float
    read_blocks: float
    read_ms: float
    write_blocks: float
    write_wal_bytes: float
    write_ms: float

    @property
    def table_ms(self) -> float:
        """Time of the table's statements a call in the proportions of the mix."""
        return (self.read_ms * READ.share + self.write_ms * WRITE.share) / (READ.share + WRITE.share)


@pytest.fixture
def table(database_url: str) -> Iterator[Connection]:
    load(database_url, SCALE, tables=("crawl_sessions",))
    opened = psycopg2.connect(database_url.replace("+psycopg2", ""))
    opened.autocommit = True
    # Statistics are the same in both measurements, and autovacuum's blocks in neither.
    opened.cursor().execute("ALTER TABLE crawl_sessions SET (autovacuum_enabled = off)")
    yield opened
    opened.close()


def send(table: Connection, shape: Shape, calls: int) -> None:
    rows = sizes(SCALE)
    extent = Extent(rows.users, rows.jobs, rows.artifacts, rows.sessions)
    with table.cursor() as cursor:
        for number in range(calls):
            cursor.execute(shape.statement, shape.values(Draw(Random(number), extent)))


def counters(table: Connection, word: str) -> tuple[float, float, float]:
    """Return blocks and WAL bytes a call, and the quickest call: the mean shares the machine with other tests."""
    with table.cursor() as cursor:
        cursor.execute(
            """SELECT (shared_blks_hit + shared_blks_read) / calls, wal_bytes / calls, min_exec_time
               FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid AND d.datname = current_database()
               WHERE query LIKE %s || '%%crawl_sessions%%'""",
            (word,),
        )
        (row,) = cursor.fetchall()
    return tuple(float(figure) for figure in row)


def measure(table: Connection) -> Measured:
    with table.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT json) {READ.statement}", {"state": "active"})
        estimated_cost = cursor.fetchone()[0][0]["Plan"]["Total Cost"]
        cursor.execute("CHECKPOINT")
        send(table, WRITE, WRITES)  # settles: the first change of a page after a checkpoint logs the page whole
        cursor.execute("SELECT pg_stat_statements_reset()")
    send(table, READ, READS)
    send(table, WRITE, WRITES)
    read_blocks, _, read_ms = counters(table, "SELECT")
    write_blocks, write_wal_bytes, write_ms = counters(table, "UPDATE")
    return Measured(estimated_cost, read_blocks, read_ms, write_blocks, write_wal_bytes, write_ms)


def test_the_planner_likes_it_and_the_measurements_do_not(table: Connection):
    before = measure(table)
    columns = ", ".join(quote(column) for column in TRAP.columns)
    table.cursor().execute(f"CREATE INDEX CONCURRENTLY trap ON {quote(TRAP.schema)}.{quote(TRAP.table)} ({columns})")
    after = measure(table)

    assert after.estimated_cost < before.estimated_cost / 2
    assert after.read_blocks > before.read_blocks * 5
    assert after.write_blocks > before.write_blocks * 1.3
    assert after.write_wal_bytes > before.write_wal_bytes * 1.3
    assert after.table_ms > before.table_ms * 1.3
