"""The databases and statement sets that the advisor is measured on."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from sqlalchemy import Connection, NullPool, create_engine

from benchmarks import retail, tpch
from sandbox.databases import create
from sandbox.postgres import PostgresServer


@dataclass(frozen=True, slots=True)
class Suite:
    """A loaded database and the statements asked of it, with their constants."""

    name: str
    url: str
    dsn: str
    queries: Mapping[int, str]
    tables: Mapping[str, str]
    """Column name -> table; unique in the schema."""
    data_bytes: int

    def connect(self) -> Connection:
        """Open a connection as the advisor takes it."""
        return create_engine(self.url, poolclass=NullPool).connect()


def tpch_suite(server: PostgresServer) -> Suite:
    """Load TPC-H at scale one; nineteen queries, as the published study has them."""
    url, dsn = create(server, "tpch"), server.dsn("tpch")
    tpch.load(dsn)
    return Suite("tpch19", url, dsn, tpch.nineteen(), *_read(dsn))


def retail_suite(server: PostgresServer) -> Suite:
    """Load the generated retailer; a hundred many-join statements."""
    url, dsn = create(server, "retail"), server.dsn("retail")
    retail.load(dsn)
    return Suite("retail", url, dsn, dict(enumerate(retail.statements())), *_read(dsn))


def _read(dsn: str) -> tuple[dict[str, str], int]:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        cursor.execute(
            "SELECT a.attname, c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
            " ORDER BY c.relname, a.attnum"
        )
        tables = dict(cursor.fetchall())
        cursor.execute(
            "SELECT sum(pg_table_size(oid))::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        (size,) = cursor.fetchone() or (0,)
    connection.close()
    return tables, int(size)
