"""Indexes that an application declares: missing ones are proposed where their tables exist, unused ones are named."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from celeriac.indexes import ddl
from celeriac.indexes.index import IndexDefinition, KeyPart, Recommendation
from celeriac.statements.catalog import Catalog, ExistingIndex, Table

DECLARATION = Path(__file__).with_name("declared.toml")
_ENTRY_BYTES = 16
"""A b-tree entry less the key: item pointer, header and alignment."""
_FILL = 1.2
"""Pages are filled to 90 %, and there are inner ones."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared index: a column of a table that may go by several names."""

    tables: tuple[str, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Unused:
    """A declared index that no plan has used since the statistics began."""

    table: str
    index: str
    size_bytes: int

    @property
    def sentence(self) -> str:
        """The warning, for people."""
        return f"declared index {self.index} on {self.table} takes {self.size_bytes} bytes and no plan has used it"


def declarations(path: Path = DECLARATION) -> tuple[Declaration, ...]:
    """Read the declaration file."""
    with path.open("rb") as file:
        tables = tomllib.load(file)["table"]
    return tuple(Declaration(tuple(table["names"]), column) for table in tables for column in table["columns"])


def missing(declared: Iterable[Declaration], catalog: Catalog) -> tuple[Recommendation, ...]:
    """Return what would have to be built: each declared column of an existing table that no valid index begins with."""
    return tuple(
        _recommendation(table, declaration.column)
        for declaration in declared
        for table in _tables(declaration, catalog)
        if not _serving(table, declaration.column)
    )


def unused(declared: Iterable[Declaration], catalog: Catalog) -> tuple[Unused, ...]:
    """Return the declared indexes that are there and that nobody uses, those of constraints apart."""
    return tuple(
        Unused(f"{table.schema}.{table.name}", index.name, index.size_bytes)
        for declaration in declared
        for table in _tables(declaration, catalog)
        for index in _serving(table, declaration.column)
        if index.scans == 0 and index.key == (declaration.column,) and not (index.unique or index.backs_constraint)
    )


def _tables(declaration: Declaration, catalog: Catalog) -> list[Table]:
    return [
        table
        for (_, name), table in sorted(catalog.tables.items())
        if name in declaration.tables and table.kind == "r" and table.column(declaration.column) is not None
    ]


def _serving(table: Table, column: str) -> list[ExistingIndex]:
    return [
        index
        for index in table.indexes
        if index.valid and index.method == "btree" and index.where is None and index.key[:1] == (column,)
    ]


def _recommendation(table: Table, column: str) -> Recommendation:
    definition = IndexDefinition(table.schema, table.name, (KeyPart(column),))
    known = table.column(column)
    width = known.average_width if known is not None else 0
    return Recommendation(
        definition=definition,
        ddl=ddl.create(definition),
        size_bytes=int(max(table.rows, 0) * (width + _ENTRY_BYTES) * _FILL),
        saving_ratio=0.0,
        saving_ms_per_hour=0.0,
        write_ms_per_hour=0.0,
        statements=(),
        reason=f"the application declares an index on {table.name}.{column}, and no valid index begins with it",
        sureness="estimated",
    )
