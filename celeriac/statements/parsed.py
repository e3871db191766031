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
class ParameterUse:
    """What the value of one $n must fit: the column it meets, or the place it stands in."""

    number: int
    place: Literal["compared", "limit", "offset", "wildcard", "unit", "zone", "other"]
    """`wildcard` is a part of a concatenated LIKE pattern that held the per cent sign, `unit` the first argument of
    extract or date_trunc, `zone` that of AT TIME ZONE."""
    relation: int | None = None
    """Index into the statement's relations."""
    column: str | None = None
    """The column, or the expression's SQL."""
    clause: Clause | None = None
    operator: str | None = None
    """As seen from the column: `<` for `$1 > column`; IN, = ANY."""
    direct: bool = True
    """False where the column is compared with a larger expression that holds the parameter."""


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
    """Query levels that have a LIMIT or FETCH FIRST, or read one end of an order as `max(column)` does."""
    parameter_uses: tuple[ParameterUse, ...] = ()
    """One for each $n that meets a column or a LIMIT, in the order of n."""
    returns_table_rows: bool = False
    """True where each row of the answer is one joined row: no grouping, aggregate, DISTINCT or set operation."""


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
    settings: tuple[tuple[str, str], ...] = ()
    """What a session must set to plan as the role does."""
