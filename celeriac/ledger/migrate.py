"""Bring a state database's ledger up to date: in one transaction, one migrator at a time, safe to run twice.

The scripts travel in the package, so that an installed wheel migrates without a checkout.
"""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine, text

from celeriac.ledger.models import SCHEMA, Base
from celeriac.locks import lock_key
from celeriac.sql import sign, sign_engine

SCRIPTS = Path(__file__).parent / "migrations"
LOCK_TIMEOUT_MS = 60_000
"""How long one migrator waits for another."""

_LIMIT = text(sign("migrate_limit", f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
_LOCK = text(sign("migrate_lock", "SELECT pg_advisory_xact_lock(:key)"))
_SCHEMA_EXISTS = text(sign("migrate_schema", "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :schema)"))


def migrate(url: str | URL) -> str:
    """Create or upgrade the ledger in the database at `url` and return the revision it is at."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": 5})
    sign_engine(engine, "migrate")
    with engine.begin() as connection:
        return migrate_connection(connection)


def migrate_connection(connection: Connection) -> str:
    """Create or upgrade the ledger within the caller's transaction."""
    connection.execute(_LIMIT)
    connection.execute(_LOCK, {"key": lock_key("migrate")})
    # CREATE SCHEMA IF NOT EXISTS asks for the privilege even where the schema is there.
    if not connection.scalar(_SCHEMA_EXISTS, {"schema": SCHEMA}):
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    if revision(connection) != head():
        command.upgrade(_config(connection), "head")
    return head()


def revision(connection: Connection) -> str | None:
    """Return the revision the ledger is at, None where there is none."""
    return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()


def head() -> str:
    """Return the newest revision in this package."""
    newest = ScriptDirectory(str(SCRIPTS)).get_current_head()
    assert newest is not None
    return newest


def differences(connection: Connection) -> list[object]:
    """Return what the models have and the database has not, or the reverse; empty where they agree."""
    options = {
        "version_table_schema": SCHEMA,
        "include_schemas": True,
        "include_name": only_ours,
        "compare_type": True,
        "compare_server_default": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def only_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell Alembic to look at our schema alone."""
    return kind != "schema" or name == SCHEMA


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
