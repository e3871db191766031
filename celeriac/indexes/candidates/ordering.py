"""ORDER BY, above all with LIMIT: rows come out of the index in order, and reading stops early.

A b-tree is read both ways, so an order that is the exact reverse of an index needs no index of its own; mixed
directions do. https://www.postgresql.org/docs/current/indexes-ordering.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import KeyPart
from celeriac.statements.parsed import ColumnUse


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose the order alone and behind the equalities, and behind each subset that a skewed equality leaves."""
    parts = order_parts(scope)
    if not parts:
        return
    names = ", ".join(part.name for part in parts)
    if len(parts) <= scope.policy.max_width:
        yield Candidate(scope.index(parts), "ordering", f"order by {names}")
    heads = [scope.equality, *((name,) for name in scope.equality if len(scope.equality) > 1)]
    for head in heads:
        rest = tuple(part for part in parts if part.name not in head)
        if head and rest and len(head) + len(rest) <= scope.policy.max_width:
            yield Candidate(
                scope.index((*head, *rest)), "ordering", f"equality on {', '.join(head)}, then order by {names}"
            )


def order_parts(scope: Scope) -> tuple[KeyPart, ...]:
    """Return the order as key parts, turned round where that is the plain ascending order."""
    uses = [use for use in scope.uses("order") if use.column not in scope.equality]
    if any(not use.is_expression and not scope.fits_btree(use.column) for use in uses):
        return ()
    if uses and all(_ascending(use, reverse=True) for use in uses):
        return tuple(KeyPart(use.column, use.is_expression) for use in uses)
    return tuple(KeyPart(use.column, use.is_expression, use.descending, _needed_nulls(use)) for use in uses)


def _ascending(use: ColumnUse, *, reverse: bool) -> bool:
    """Tell whether the use is the default order (NULLS LAST) or, reversed, its mirror image."""
    nulls_first = use.descending if use.nulls_first is None else use.nulls_first
    return use.descending is reverse and nulls_first is reverse


def _needed_nulls(use: ColumnUse) -> bool | None:
    """Say where NULLs go only where the text differs from the direction's default.

    The planner matches path keys with their NULLs even on columns that hold none.
    """
    if use.nulls_first is None or use.nulls_first == use.descending:
        return None
    return use.nulls_first
