"""The exact former DDL of an index, kept in the ledger before it is dropped: every destructive step has its inverse.

https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CATALOG
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from celeriac.indexes import ddl
from celeriac.ledger.changes import Change
from celeriac.sql import load
from celeriac.supervision.sessions import settings


@dataclass(frozen=True, slots=True)
class Former:
    """An index as it was, to be brought back with its name."""

    name: str
    what: str
    """The definition from USING on, its tablespace included."""
    comment: str | None = None
    """As a literal."""
    targets: tuple[str, ...] = ()
    """Statistics targets of its expressions, as ALTER COLUMN takes them."""

    def create(self, schema: str, table: str) -> str:
        """Write the statement that builds it anew without blocking."""
        return f"CREATE INDEX CONCURRENTLY {ddl.quote(self.name)} ON {ddl.qualified(schema, table)}{self.what}"

    def finish(self, schema: str) -> tuple[str, ...]:
        """Write what follows once it is built."""
        name = ddl.qualified(schema, self.name)
        targets = tuple(f"ALTER INDEX {name} ALTER COLUMN {target}" for target in self.targets)
        return targets if self.comment is None else (*targets, f"COMMENT ON INDEX {name} IS {self.comment}")

    def undo_ddl(self, schema: str, table: str) -> str:
        """Write all of it, for people."""
        return ";\n".join((self.create(schema, table), *self.finish(schema)))

    def as_json(self) -> dict[str, Any]:
        """Return what the ledger stores."""
        return {**asdict(self), "targets": list(self.targets)}


def read(connection: Connection, oid: int, name: str) -> Former | None:
    """Read an index that is there; None where it is gone."""
    # Written with every schema, so that it means the same whatever the search_path is when it is brought back.
    with settings(connection, search_path="pg_catalog"):
        row = connection.execute(load(__file__, "former"), {"oid": oid}).one_or_none()
    if row is None or row.what is None:
        return None
    return Former(name, _placed(row.what, row.predicate, row.tablespace), row.comment, tuple(row.targets))


def of(change: Change) -> Former:
    """Return what a change has dropped, or is about to."""
    stored = change.promised["former"]
    return Former(**{**stored, "targets": tuple(stored["targets"])})


def table_now(connection: Connection, change: Change) -> tuple[str, str] | None:
    """Return schema and name of the change's table now, None where it is gone or another has taken its place."""
    values = {"oid": change.table_oid, "schema": change.schema_name, "table": change.table_name}
    row = connection.execute(load(__file__, "table_now"), values).one_or_none()
    return None if row is None else (row.schema_name, row.table_name)


def _placed(what: str, predicate: str | None, tablespace: str | None) -> str:
    """Name the tablespace where the grammar wants it: before the predicate."""
    if tablespace is None:
        return what
    where = "" if predicate is None else f" WHERE {predicate}"
    return f"{what.removesuffix(where)} TABLESPACE {ddl.quote(tablespace)}{where}"
