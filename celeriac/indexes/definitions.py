"""An index definition as the ledger stores it, and as the catalog shows it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.ledger.changes import Change
from celeriac.sql import load


def as_json(definition: IndexDefinition) -> dict[str, Any]:
    """Return what the ledger stores."""
    return asdict(definition)


def from_json(stored: dict[str, Any]) -> IndexDefinition:
    """Read a definition back.

    >>> definition = IndexDefinition("public", "jobs", (KeyPart("status", descending=True),), include=("id",))
    >>> from_json(as_json(definition)) == definition
    True
    """
    key = tuple(KeyPart(**part) for part in stored["key"])
    return IndexDefinition(**{**stored, "key": key, "include": tuple(stored["include"])})


def of(change: Change) -> IndexDefinition:
    """Return the definition that a change builds."""
    return from_json(change.definition)


def read(connection: Connection, index_oid: int) -> IndexDefinition:
    """Read the definition of an index that is there."""
    rows = connection.execute(load(__file__, "definition"), {"oid": index_oid}).all()
    first = rows[0]
    return IndexDefinition(
        schema=first.schema_name,
        table=first.table_name,
        key=tuple(_part(row) for row in rows if not row.included),
        include=tuple(row.column_name for row in rows if row.included),
        where=first.predicate,
        method=first.method,
    )


def _part(row: Row[Any]) -> KeyPart:
    default_nulls_first = row.descending
    return KeyPart(
        name=row.written if row.column_name is None else row.column_name,
        is_expression=row.column_name is None,
        descending=row.descending,
        nulls_first=None if row.nulls_first == default_nulls_first else row.nulls_first,
        opclass=row.opclass,
    )
