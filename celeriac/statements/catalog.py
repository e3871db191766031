"""The catalog as the advisor needs it: tables, columns with statistics, and indexes, read in a few queries."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what ANALYZE knows of it."""

    name: str
    type: str
    """As `format_type` writes it: character varying(64), timestamp with time zone."""
    collation_is_c: bool = True
    not_null: bool = False
    average_width: int = 0
    """Bytes; 0 where the table was never analyzed."""
    distinct: float = 0.0
    """As `pg_stats.n_distinct`: negative is a share of the rows."""
    null_fraction: float = 0.0
    correlation: float | None = None
    common_values: tuple[str, ...] = ()
    common_shares: tuple[float, ...] = ()
    histogram: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """An index that is there."""

    oid: int
    name: str
    method: str
    key: tuple[str, ...]
    """Column names, or the expressions' SQL."""
    include: tuple[str, ...]
    where: str | None
    ddl: str
    """As `pg_get_indexdef` writes it."""
    unique: bool
    primary: bool
    backs_constraint: bool
    valid: bool
    size_bytes: int
    scans: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table, a partition or a materialized view."""

    oid: int
    schema: str
    name: str
    kind: str
    """`pg_class.relkind`: r, p (partitioned), m."""
    rows: float
    pages: int
    columns: tuple[Column, ...]
    indexes: tuple[ExistingIndex, ...] = ()
    all_visible_pages: int = 0
    is_partition: bool = False
    parent_oid: int | None = None
    inserts: int = 0
    updates: int = 0
    hot_updates: int = 0
    deletes: int = 0
    foreign_keys: tuple[tuple[tuple[str, ...], str], ...] = ()
    """(referencing columns, qualified referenced table) of each foreign key of this table."""

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables of a database outside the system schemas, with views by name and the search path to resolve names by."""

    tables: dict[tuple[str, str], Table]
    """By (schema, name)."""
    views: dict[tuple[str, str], str] = field(default_factory=dict)
    """Defining SELECT of each view."""
    search_path: tuple[str, ...] = ("public",)
    server_version: int = 0
    block_size: int = 8192

    def find(self, schema: str | None, name: str) -> Table | None:
        """Resolve a name as the server would, by the search path where no schema is given."""
        schemas = (schema,) if schema is not None else self.search_path
        return next((self.tables[s, name] for s in schemas if (s, name) in self.tables), None)
