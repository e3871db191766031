"""What a statement does with each relation, as read from PostgreSQL's own parse tree; plain values, no parser types."""

from dataclasses import dataclass
from typing import Literal

Clause = Literal[
    "equality",  # column = $1, IN (…), = ANY (…)
    "range",  # < <= > >= BETWEEN
    "prefix",  # LIKE 'x%'
    "pattern",  # LIKE '%x%', ~, ILIKE
    "is_null",  # IS NULL, IS NOT NULL, boolean columns as predicates (operator says which)
    "containment",  # @> <@ && ? ?| ?& on jsonb, arrays, ranges
    "text_search",  # @@
    "join",  # column = other relation's column
    "order",
    "group",
    "distinct",
    "returned",  # any other appearance: select list, expressions, RETURNING
]
StatementKind = Literal["select", "insert", "update", "delete", "merge"]


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One appearance of a column, or of an expression over one relation's columns, in one clause."""

    column: str
    """The column's name, or the expression's SQL (columns unqualified) where `is_expression`."""
    clause: Clause
    is_expression: bool = False
    operator: str | None = None
    parameter: int | None = None
    """The n of the $n that the column is compared with."""
    constant: str | None = None
    """The SQL literal that is still in the text."""
    partner: tuple[int, str] | None = None
    """For joins: index into the statement's relations, and the column there."""
    descending: bool = False
    nulls_first: bool | None = None
    conjunct: bool = True
    """False below OR or NOT: the predicate need not hold for every row of the answer."""


@dataclass(frozen=True, slots=True)
class RelationUse:
    """One appearance of a table in one query level (a CTE, a sub-query, the statement itself)."""

    schema: str
    table: str
    alias: str
    level: int
    """The query level it stands in; 0 is the outermost. Order and group of different levels never mix."""
    uses: tuple[ColumnUse, ...]
    """In the order of the text within each clause."""
    written: Literal["insert", "update", "delete"] | None = None
    updated_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement, repaired so that PostgreSQL can prepare it."""

    text: str
    kind: StatementKind
    relations: tuple[RelationUse, ...]
    parameters: int
    """The highest $n in `text`; 0 for none."""
    limited_levels: tuple[int, ...] = ()
    """Query levels that have a LIMIT or FETCH FIRST."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A text that could not be parsed or is no single SELECT, INSERT, UPDATE, DELETE or MERGE, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Binding:
    """One set of parameter values, as SQL literals in the order of $1 …, and the share of calls it stands for."""

    values: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Plannable:
    """A statement that the planner accepts: PREPARE `parsed.text`, then EXPLAIN EXECUTE with each binding."""

    parsed: ParsedStatement
    fingerprint: str
    role: str
    parameter_types: tuple[str, ...]
    bindings: tuple[Binding, ...]
    """Weights add up to 1. Empty where no values could be had: then only the generic plan can be asked for."""
