"""The other columns of the statement in INCLUDE: the answer comes from the index alone.

It pays while pages are all-visible; each column widens every entry and switches deduplication off.
https://www.postgresql.org/docs/current/indexes-index-only-scans.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates import equality_range, grouping, joins, ordering, partial
from celeriac.indexes.candidates.scope import Candidate, Scope, unique
from celeriac.indexes.ddl import quote
from celeriac.indexes.index import IndexDefinition
from celeriac.statements.parsed import ColumnUse

MIN_VISIBLE_SHARE = 0.5
"""Below that an index-only scan visits the heap for most rows."""
MAX_INCLUDED_BYTES = 64
"""More than that is a second copy of the table."""
MAX_WHOLE = 2
"""Columns of a table that an index may hold whole: of any more it is the table once again, written twice."""

_BASES = (equality_range.suggest, joins.suggest, ordering.suggest, grouping.suggest, partial.suggest)


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each plain key widened by whatever else the statement reads of the relation."""
    if not _mostly_visible(scope):
        return
    for base in unique(candidate.definition for generate in _BASES for candidate in generate(scope)):
        include = included(scope, base)
        if include:
            definition = scope.index(base.key, include=include, where=base.where)
            why = f"search by {', '.join(definition.columns)}, answered from the index alone"
            yield Candidate(definition, "covering", why)


def included(scope: Scope, base: IndexDefinition) -> tuple[str, ...]:
    """Return what must be included so that the index covers the relation's uses; none where it cannot be had."""
    if any(use.is_expression for use in scope.relation.uses) or scope.relation.written is not None:
        return ()
    names = unique(
        use.column for use in scope.relation.uses if use.column not in base.columns and not _is_predicate(use, base)
    )
    columns = [scope.column(name) for name in names]
    if not names or len(names) > scope.policy.max_include or None in columns:
        return ()
    if scope.restrained and len(base.columns) + len(names) >= len(scope.table.columns) > MAX_WHOLE:
        return ()
    if sum(column.average_width for column in columns if column is not None) > MAX_INCLUDED_BYTES:
        return ()
    return tuple(sorted(names))


def _is_predicate(use: ColumnUse, base: IndexDefinition) -> bool:
    """Tell whether a partial index's predicate has answered this use: the server need not look at the column again."""
    return base.where is not None and quote(use.column) in base.where and use.clause in ("equality", "is_null")


def _mostly_visible(scope: Scope) -> bool:
    return scope.table.all_visible_pages >= MIN_VISIBLE_SHARE * scope.table.pages
