"""What a generator looks at: one relation of one statement, with its table; and what it answers: candidates."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import AdvisorPolicy
from celeriac.statements.catalog.tables import Catalog, Column, Table
from celeriac.statements.parsed import Clause, ColumnUse, ParsedStatement, RelationUse

T = TypeVar("T")

MAX_KEY_WIDTH_BYTES = 300
"""A b-tree refuses rows beyond a third of a page; columns that are wide on average will meet that limit."""

_SHAPES = ("point", "line", "lseg", "box", "path", "polygon", "circle")
_DOCUMENTS = ("json", "jsonb", "xml", "hstore", "tsvector", "tsquery", "vector")
_NOT_FOR_BTREE = frozenset((*_SHAPES, *_DOCUMENTS, "cid", "xid", "aclitem"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that might serve, who proposed it, and in a few words why."""

    definition: IndexDefinition
    generator: str
    why: str


@dataclass(frozen=True)
class Scope:
    """One relation of one statement."""

    statement: ParsedStatement
    relation: RelationUse
    table: Table
    catalog: Catalog
    policy: AdvisorPolicy
    extensions: frozenset[str] = frozenset()

    def uses(self, *clauses: Clause) -> tuple[ColumnUse, ...]:
        """Return the relation's uses in these clauses, in the order of the text."""
        return tuple(use for use in self.relation.uses if use.clause in clauses)

    def columns(self, *clauses: Clause, conjunct: bool | None = None) -> tuple[str, ...]:
        """Return the plain columns a b-tree can hold that stand in these clauses, each once."""
        return unique(
            use.column
            for use in self.uses(*clauses)
            if not use.is_expression and conjunct in (None, use.conjunct) and self.fits_btree(use.column)
        )

    @cached_property
    def equality(self) -> tuple[str, ...]:
        """Columns that every row of the answer holds equal to a value, the most selective first."""
        columns = self.columns("equality", conjunct=True)
        return tuple(sorted(columns, key=lambda name: (-self.distinct(name), name)))

    @cached_property
    def ranges(self) -> tuple[str, ...]:
        """Columns bounded by a range for every row of the answer, less those held equal."""
        return tuple(name for name in self.columns("range", conjunct=True) if name not in self.equality)

    @cached_property
    def joins(self) -> tuple[str, ...]:
        """Columns that meet another relation's."""
        return self.columns("join")

    @cached_property
    def searched(self) -> tuple[str, ...]:
        """Every column that an index could search or sort by."""
        return self.columns("equality", "join", "range", "order", "group", "distinct", "is_null", "prefix")

    @property
    def restrained(self) -> bool:
        """Whether what an expert would not build is held back; for the planner's cost the budget alone counts."""
        return self.policy.objective == "time"

    @property
    def limited(self) -> bool:
        """Whether the query level has a LIMIT."""
        return self.relation.level in self.statement.limited_levels

    def column(self, name: str) -> Column | None:
        """Return the table's column of that name."""
        return self.table.column(name)

    def fits_btree(self, name: str) -> bool:
        """Tell whether a b-tree on the column is possible and sensible."""
        column = self.column(name)
        if column is None or column.average_width > MAX_KEY_WIDTH_BYTES:
            return False
        return base_type(column.type) not in _NOT_FOR_BTREE and not column.type.endswith("[]")

    def distinct(self, name: str) -> float:
        """Return the estimated number of distinct values of a column; 1 where it is unknown."""
        column = self.column(name)
        return distinct_values(column, self.table.rows) if column is not None else 1.0

    def index(
        self,
        parts: Iterable[str | KeyPart],
        *,
        include: tuple[str, ...] = (),
        where: str | None = None,
        method: str = "btree",
    ) -> IndexDefinition:
        """Define an index on this relation's table, cut to the permitted width."""
        key = tuple(KeyPart(part) if isinstance(part, str) else part for part in unique(parts))
        return IndexDefinition(self.table.schema, self.table.name, key[: self.policy.max_width], include, where, method)


def distinct_values(column: Column, rows: float) -> float:
    """Return the number of distinct values, of which `pg_stats` writes a negative share where it grows with the table.

    >>> distinct_values(Column("id", "bigint", distinct=-1.0), 500.0)
    500.0
    """
    if column.distinct < 0:
        return max(1.0, -column.distinct * rows)
    return max(1.0, column.distinct)


def share_of(constant: str, column: Column, rows: float) -> float | None:
    """Return the share of a table's rows that equal a literal; None where statistics do not say."""
    value = constant.split("::")[0].strip().strip("'").replace("''", "'")
    if column.type == "boolean":
        value = value.lower()[:1]
    if value in column.common_values:
        return column.common_shares[column.common_values.index(value)]
    if not column.common_values:
        return None
    others = max(1.0, distinct_values(column, rows) - len(column.common_values))
    return max(0.0, 1 - sum(column.common_shares) - column.null_fraction) / others


def base_type(name: str) -> str:
    """Strip length and precision.

    >>> base_type("character varying(64)")
    'character varying'
    """
    return name.split("(")[0].strip()


def unique(items: Iterable[T]) -> tuple[T, ...]:
    """Keep the first of each."""
    return tuple(dict.fromkeys(items))
