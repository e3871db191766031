"""Make and drop databases within a server: copies of a prepared template cost tens of milliseconds."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from psycopg2 import sql

from celeriac.errors import CeleriacError
from sandbox.postgres import PostgresServer

EXTENSIONS = ("pg_stat_statements", "pg_prewarm", "pg_buffercache", "pg_trgm", "pgstattuple", "hypopg")


class DatabaseNameOdd(CeleriacError):
    """{name!r} is no name for a sandbox database: use lower-case letters, digits and underscores."""


def create(server: PostgresServer, name: str, template: str = "template0") -> str:
    """Create a database as a copy of another, and return its SQLAlchemy URL."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise DatabaseNameOdd(name=name)
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _run(server.dsn(), command.format(sql.Identifier(name), sql.Identifier(template)))
    return server.url(name)


def drop(server: PostgresServer, name: str) -> None:
    """Drop a database, ending whoever is still connected to it."""
    _run(server.dsn(), sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def database(server: PostgresServer, name: str, template: str = "template0") -> Iterator[str]:
    """Yield the URL of a database that is dropped afterwards."""
    try:
        yield create(server, name, template)
    finally:
        drop(server, name)


def available(server: PostgresServer, wanted: Sequence[str] = EXTENSIONS) -> tuple[str, ...]:
    """Return those of the wanted extensions that the server can create, in the order given."""
    connection = psycopg2.connect(server.dsn())
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_available_extensions")
            known = {name for (name,) in cursor}
    finally:
        connection.close()
    return tuple(name for name in wanted if name in known)


def create_extensions(server: PostgresServer, name: str, wanted: Sequence[str] = EXTENSIONS) -> None:
    """Create the extensions that the server has in one database."""
    commands = [
        sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
        for extension in available(server, wanted)
    ]
    _run(server.dsn(name), *commands)


def _run(dsn: str, *commands: sql.Composable) -> None:
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for command in commands:
                cursor.execute(command)
    finally:
        connection.close()
