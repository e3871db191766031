"""The catalog as the advisor needs it: tables, columns with statistics, and indexes, read in a few queries."""

from celeriac.statements.catalog.tables import Catalog, Column, ExistingIndex, Table

from celeriac.statements.catalog.reader import read_catalog  # isort: skip  # it reads expressions, which read tables

__all__ = ["Catalog", "Column", "ExistingIndex", "Table", "read_catalog"]
