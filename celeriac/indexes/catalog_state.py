"""What the catalog shows of an index: the only thing that says how a change came out.

Flags of `pg_index` after an interrupted CREATE INDEX CONCURRENTLY are (invalid, not ready or ready, live), after an
interrupted DROP INDEX CONCURRENTLY (invalid, ready, live): measured on PostgreSQL 15.
https://www.postgresql.org/docs/current/catalog-pg-index.html
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from celeriac import sqlstate
from celeriac.indexes import ddl
from celeriac.sql import load

_OURS = rf"^{ddl.MARK}_[0-9]+_"
_WHOLE = rf"{_OURS}[^_]"
"""Parts of an index on single partitions, which have two underscores there, left out."""

_ANY = ""
_TRIES = 3
_NAME = r'(?:"(?:[^"]|"")*"|[^\s".]+)'
_NAMES = re.compile(rf"CREATE (?:UNIQUE )?INDEX {_NAME} ON (?:ONLY )?{_NAME}(?:\.{_NAME})?")
"""What comes before the method; names may hold its keyword."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index as the catalog has it now."""

    oid: int
    schema_name: str
    name: str
    table_name: str
    table_oid: int
    valid: bool
    ready: bool
    live: bool
    definition: str
    """As `pg_get_indexdef` writes it."""
    size_bytes: int
    scans: int
    partitioned: bool = False
    """The index of a partitioned table: size and scans are those of its parts together."""

    @property
    def definition_hash(self) -> str:
        """Hash of what the index is, apart from its name and table."""
        return hash_definition(self.definition)


def observe(connection: Connection, schema: str, name: str) -> IndexState | None:
    """Return the index of that name, valid or not; None where there is none, or it does not carry our mark."""
    found = _read(connection, _OURS, schema=schema, name=name)
    return found[0] if found else None


def anybodys(
    connection: Connection, *, oid: int | None = None, schema: str | None = None, name: str | None = None
) -> IndexState | None:
    """Return one index by its oid or by its name, whoever made it; None where there is none."""
    found = _read(connection, _ANY, schema=schema, name=name, oid=oid)
    return found[0] if found else None


def ours(connection: Connection) -> tuple[IndexState, ...]:
    """Return every index of the database that carries our mark; of a partitioned table's, the whole, not its parts."""
    return _read(connection, _WHOLE)


def hash_definition(indexdef: str) -> str:
    """Hash the part of an index definition from its method on: the same for two tables alike, whatever the names.

    >>> hash_definition("CREATE INDEX a ON t USING btree (x)") == hash_definition("CREATE INDEX b ON u USING btree (x)")
    True
    """
    names = _NAMES.match(indexdef)
    what = indexdef[indexdef.index(" USING ", names.end() if names else 0) :]
    return blake2b(what.encode(), digest_size=8).hexdigest()


def _read(
    connection: Connection, mark: str, *, schema: str | None = None, name: str | None = None, oid: int | None = None
) -> tuple[IndexState, ...]:
    values = {"mark": mark, "schema": schema, "name": name, "oid": oid}
    for tries_left in reversed(range(_TRIES)):
        try:
            rows = connection.execute(load(__file__, "catalog_state"), values)
            break
        except DBAPIError as error:
            # pg_get_indexdef fails for an index whose table is dropped at this moment; a look later it is not listed.
            if tries_left == 0 or sqlstate.code(error) != sqlstate.INTERNAL:
                raise
    return tuple(IndexState(**row._asdict()) for row in rows)
