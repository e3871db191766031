"""The catalog as the advisor needs it: plain values that every generator reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from celeriac.statements.catalog.roles import SEARCH_PATH, Settings, path_of, schemas


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or an indexed expression, with what ANALYZE knows of it."""

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
    common_elements: tuple[str, ...] = ()
    """Of arrays and text search vectors: the elements most often seen."""


@dataclass(frozen=True, slots=True)
class ExistingIndex:
    """An index that is there."""

    oid: int
    name: str
    method: str
    key: tuple[str, ...]
    """Column names, or the expressions' SQL as `parsing.canonical_expression` writes it."""
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
    expressions: tuple[Column, ...] = ()
    """Expressions of its indexes, with the statistics that ANALYZE keeps for them."""
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in (*self.expressions, *self.columns)})

    def column(self, name: str) -> Column | None:
        """Return the column, or indexed expression, of that name, or None."""
        return self.by_name.get(name)


_AGGREGATES = (
    "array_agg avg bit_and bit_or bool_and bool_or count every grouping json_agg json_object_agg jsonb_agg "
    "jsonb_object_agg max min mode percentile_cont percentile_disc stddev string_agg sum variance"
)
AGGREGATES = frozenset(_AGGREGATES.split())
"""What can never be indexed, where no server was asked."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables outside the system schemas, views by name, and the search path that resolves bare names."""

    tables: dict[tuple[str, str], Table]
    """By (schema, name)."""
    views: dict[tuple[str, str], str] = field(default_factory=dict)
    """Defining SELECT of each view."""
    search_path: tuple[str, ...] = ("public",)
    server_version: int = 0
    block_size: int = 8192
    unindexable_functions: frozenset[str] = AGGREGATES
    """Aggregates, window, set-returning and volatile functions: no index can hold what they return."""
    path: str = '"$user", public'
    """The search_path of roles that have none of their own."""
    roles: Mapping[str, Settings] = field(default_factory=dict)
    """What is set for each role, as far as planning depends on it."""
    changing_calls: frozenset[str] = frozenset()
    """Functions, as `name/number of arguments`, none of which is immutable: no index can hold them either."""

    def seen_by(self, role: str) -> "Catalog":
        """Return the catalog with the search path of a role; the same one for no role, and where the path is ours."""
        if not role:
            return self
        named = schemas(dict(self.roles.get(role, ())).get(SEARCH_PATH, self.path), role)
        there = {schema for schema, _ in (*self.tables, *self.views)}
        # Ours stays behind: extensions may be found by it alone.
        path = (*named, *(schema for schema in self.search_path if schema not in named))
        leads_elsewhere = [s for s in path if s in there] != [s for s in self.search_path if s in there]
        return replace(self, search_path=path) if leads_elsewhere else self

    def settings_of(self, role: str) -> Settings:
        """Return what a session of ours must set to plan as the role does; nothing where it is as it is."""
        seen = self.seen_by(role)
        own = tuple((name, value) for name, value in self.roles.get(role, ()) if name != SEARCH_PATH)
        return own if seen is self else (*own, (SEARCH_PATH, path_of(seen.search_path)))

    def find(self, schema: str | None, name: str) -> Table | None:
        """Resolve a name as the server would, by the search path where no schema is given."""
        schemas = (schema,) if schema is not None else self.search_path
        return next((self.tables[s, name] for s in schemas if (s, name) in self.tables), None)

    def find_view(self, schema: str | None, name: str) -> str | None:
        """Return the defining SELECT of a view, resolved like a table; None where a table hides it."""
        schemas = (schema,) if schema is not None else self.search_path
        found = next((key for s in schemas if (key := (s, name)) in self.tables or key in self.views), None)
        return self.views.get(found) if found is not None else None
