"""Build the index on an empty copy of its table first: what cannot be built fails there, and the copy's definition is
what the real one must come out as.

The server rewrites predicates and expressions (`status = 'x'` becomes `((status)::text = 'x'::text)`), so only the
server can say what `pg_get_indexdef` will show; the copy is rolled back and nobody else ever sees it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from celeriac import sqlstate
from celeriac.indexes import ddl
from celeriac.indexes.catalog_state import hash_definition
from celeriac.indexes.index import IndexDefinition
from celeriac.sql import execute, load, sign

_COPY = "celeriac_rehearsal"
_INDEX = "celeriac_rehearsal_index"
_DEFINITION = text(sign("rehearsed", f"SELECT pg_get_indexdef('pg_temp.{_INDEX}'::regclass)"))


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """It can be built; the real index must show this hash."""

    definition_hash: str
    partitioned: bool = False
    """The table is partitioned: its index is built partition by partition."""


@dataclass(frozen=True, slots=True)
class NotBuildable:
    """It cannot be built, and why, in one sentence; `transient` where that may pass."""

    reason: str
    transient: bool = False


def rehearse(
    session: Connection, definition: IndexDefinition, table_oid: int | None = None
) -> Rehearsed | NotBuildable:
    """Build `definition` on an empty temporary copy of its table in a transaction that is rolled back.

    `session` is an autocommit connection; `table_oid` is of the table that was meant, None where it is not known.
    """
    kind = may_build(session, definition, table_oid)
    if isinstance(kind, NotBuildable):
        return kind
    table = ddl.qualified(definition.schema, definition.table)
    on_copy = replace(definition, schema="pg_temp", table=_COPY)
    try:
        with _undone(session):
            execute(session, sign("rehearse", f"CREATE TEMPORARY TABLE {_COPY} (LIKE {table})"))
            execute(session, sign("rehearse", ddl.create(on_copy, _INDEX, concurrently=False)))
            indexdef: str = session.execute(_DEFINITION).scalar_one()
    except DBAPIError as error:
        return NotBuildable(sqlstate.sentence(error), transient=sqlstate.is_transient(error))
    return Rehearsed(hash_definition(indexdef), kind == "p")


def may_build(session: Connection, definition: IndexDefinition, table_oid: int | None = None) -> str | NotBuildable:
    """Ask whether the table is there and ours to index; returns its `pg_class.relkind`: r, p (partitioned) or m."""
    row = session.execute(load(__file__, "may_build"), {"schema": definition.schema, "table": definition.table}).one()
    table = f"{definition.schema}.{definition.table}"
    if row.is_standby:
        return NotBuildable("the target is a read-only standby: point Celeriac at the primary")
    if row.kind is None:
        return NotBuildable(f"table {table} does not exist (any more)")
    if table_oid not in (None, row.oid):
        return NotBuildable(f"{table} is another table now than the one that the change was proposed for")
    if row.kind not in ("r", "p", "m"):
        return NotBuildable(f"{table} is no table or materialized view: it takes no index")
    if row.persistence == "t":
        return NotBuildable(f"{table} is a temporary table")
    if not row.is_owner:
        return NotBuildable(
            f"role {row.role} does not own {table} and may not index it: GRANT {row.owner} TO {row.role}"
        )
    if not row.may_create:
        return NotBuildable(
            f"role {row.role} may not create in schema {definition.schema}: "
            f"GRANT CREATE ON SCHEMA {definition.schema} TO {row.role}"
        )
    return str(row.kind)


@contextmanager
def _undone(session: Connection) -> Iterator[None]:
    # An explicit transaction on an autocommit connection: the driver passes BEGIN and ROLLBACK through.
    session.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        if not session.invalidated:
            session.exec_driver_sql("ROLLBACK")
