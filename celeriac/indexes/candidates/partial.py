"""Partial indexes: where a statement always asks for the same rare rows, the index holds only those.

The server uses one only if the text itself implies the predicate, so it is taken from constants that are still in the
text, IS NULL and boolean columns. https://www.postgresql.org/docs/current/indexes-partial.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from celeriac.indexes.candidates import ordering
from celeriac.indexes.candidates.scope import Candidate, Scope, share_of
from celeriac.indexes.ddl import quote
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.statements.catalog.tables import Column, Table
from celeriac.statements.parsed import ColumnUse

MAX_SHARE = 0.3
"""Of the rows: a predicate that more fulfil saves few bytes and little reading."""
RESTRAINED_SHARE = 0.1
"""And it serves no other value of the column, so that an expert builds it for rare rows only."""

MAX_VALUES = 50
"""Of a column: a state, a kind, a language. A constant of any other is one customer among many, and soon another."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that the statement implies, and the share of rows that fulfil it."""

    column: str
    sql: str
    share: float


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose, for each rare predicate of the text, keys of what else is searched or sorted."""
    for predicate in predicates(scope):
        if predicate.share > (RESTRAINED_SHARE if scope.restrained else MAX_SHARE):
            continue
        for key in _keys(scope, predicate):
            definition = scope.index(key, where=predicate.sql)
            why = f"only the {predicate.share:.1%} of rows with {predicate.sql}, by {', '.join(definition.columns)}"
            yield Candidate(definition, "partial", why)


def rows_share(definition: IndexDefinition, table: Table) -> float:
    """Return the share of the table's rows that a partial index holds; 1 for any other."""
    if definition.where is None:
        return 1.0
    for column in table.columns:
        name = quote(column.name)
        if definition.where == f"{name} IS NULL":
            return column.null_fraction
        if definition.where == f"{name} IS NOT NULL":
            return 1 - column.null_fraction
        if definition.where in (name, f"NOT {name}"):
            share = share_of("t" if definition.where == name else "f", column, table.rows)
            return 0.5 if share is None else share
        if definition.where.startswith(f"{name} = "):
            share = share_of(definition.where.removeprefix(f"{name} = "), column, table.rows)
            return MAX_SHARE if share is None else share
    return MAX_SHARE


def predicates(scope: Scope) -> Iterator[Predicate]:
    """Yield the predicates on one column that each row of the answer fulfils."""
    for use in scope.relation.uses:
        column = scope.column(use.column)
        if not use.conjunct or use.is_expression or column is None:
            continue
        if use.clause == "is_null":
            yield from _from_test(use, column, scope.table.rows)
        elif use.clause == "equality" and use.constant is not None and use.operator in (None, "="):
            share = share_of(use.constant, column, scope.table.rows)
            if share is not None and scope.distinct(use.column) <= MAX_VALUES:
                yield Predicate(use.column, f"{quote(use.column)} = {use.constant}", share)


def _from_test(use: ColumnUse, column: Column, rows: float) -> Iterator[Predicate]:
    """Read IS [NOT] NULL and boolean columns that stand as predicates."""
    name, test = quote(use.column), (use.operator or "").upper()
    if test == "IS NULL":
        yield Predicate(use.column, f"{name} IS NULL", column.null_fraction)
    elif test == "IS NOT NULL":
        yield Predicate(use.column, f"{name} IS NOT NULL", 1 - column.null_fraction)
    elif column.type == "boolean":
        wanted = "f" if test in ("NOT", "IS FALSE", "FALSE", "= FALSE") else "t"
        share = share_of(wanted, column, rows)
        yield Predicate(use.column, name if wanted == "t" else f"NOT {name}", 0.5 if share is None else share)


def _keys(scope: Scope, predicate: Predicate) -> Iterator[tuple[str | KeyPart, ...]]:
    equality = tuple(name for name in scope.equality if name != predicate.column)
    ranges = tuple(name for name in scope.ranges if name != predicate.column)
    order = tuple(part for part in ordering.order_parts(scope) if part.name != predicate.column)
    searched = any((equality, ranges, order))
    if order:
        yield (*equality, *order)
    for name in ranges:
        yield (*equality, name)
    if equality:
        yield equality
    if not searched and scope.fits_btree(predicate.column):
        yield (predicate.column,)
    for name in scope.joins:
        yield (*equality, name)
