"""TPC-H at scale one, from DuckDB's bundled generator, loaded with its column types and primary keys only."""

import tempfile
from pathlib import Path

import duckdb
import psycopg2

LEFT_OUT = (2, 17, 20)
"""As the VLDB 2020 study: query 20 alone is 99.7 % of the summed cost."""

SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "12GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "4",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "autovacuum": "off",
    "max_wal_size": "8GB",
}
PRIMARY_KEYS = {
    "region": "r_regionkey",
    "nation": "n_nationkey",
    "supplier": "s_suppkey",
    "customer": "c_custkey",
    "part": "p_partkey",
    "partsupp": "ps_partkey, ps_suppkey",
    "orders": "o_orderkey",
    "lineitem": "l_orderkey, l_linenumber",
}


def load(dsn: str, scale: float = 1.0) -> None:
    """Load the eight tables into an empty database and analyze them."""
    source = duckdb.connect()
    source.execute("LOAD tpch")
    source.execute(f"CALL dbgen(sf={scale})")
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        for table, key in PRIMARY_KEYS.items():
            columns = source.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?"
                " ORDER BY ordinal_position",
                [table],
            ).fetchall()
            cursor.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
            file = Path(folder) / f"{table}.csv"
            source.execute(f"COPY {table} TO '{file}' (FORMAT csv, HEADER false)")
            with file.open("rb") as rows:
                cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", rows)
            file.unlink()
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
    connection.close()
    _vacuum(dsn)


def queries() -> dict[int, str]:
    """Return the 22 queries by number, with DuckDB's constants."""
    source = duckdb.connect()
    source.execute("LOAD tpch")
    rows = source.execute("SELECT query_nr, query FROM tpch_queries()").fetchall()
    return {int(number): str(query).strip().rstrip(";") for number, query in rows}


def nineteen() -> dict[int, str]:
    """Return the queries without those that the published study leaves out."""
    return {number: query for number, query in queries().items() if number not in LEFT_OUT}


def _vacuum(dsn: str) -> None:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
