"""Equality columns first, then one range: the order in which a b-tree narrows.

https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope, share_of

MAX_SHARE = 0.2
"""Of the rows: whoever reads more of them meets nearly every page of the table."""


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each searched column alone, all equalities together, and the equalities with each range behind them."""
    equality, ranges = scope.equality, scope.ranges
    for name in scope.columns("equality", "range", "is_null"):
        if scope.restrained and _common(scope, name):
            continue
        yield _candidate(scope, (name,), "a search by {}")
    if len(equality) > 1:
        yield _candidate(scope, equality, "equality on {}")
    for name in ranges:
        head = equality[: scope.policy.max_width - 1]
        if head:
            yield _candidate(scope, (*head, name), "equality, then a range: {}")
    for first in ranges:
        for second in ranges:
            if first != second:
                yield _candidate(scope, (first, second), "a range filtered within the index: {}")


def _common(scope: Scope, name: str) -> bool:
    """Tell whether every value that the statement can ask of a column is common, and rows are read for the others.

    The planner would still take such an index now and then: it saves a tenth at best, and every write pays it.
    """
    column = scope.column(name)
    asked = [
        use for use in scope.relation.uses if use.column == name and use.clause in ("equality", "range", "is_null")
    ]
    if column is None or not column.common_shares or any(use.clause != "equality" for use in asked):
        return False
    shares = (share_of(use.constant, column, scope.table.rows) if use.constant is not None else None for use in asked)
    rarest = min(column.common_shares)
    alone = all(use.column == name for use in scope.relation.uses)
    return not alone and all((rarest if share is None else share) > MAX_SHARE for share in shares)


def _candidate(scope: Scope, columns: tuple[str, ...], why: str) -> Candidate:
    definition = scope.index(columns)
    return Candidate(definition, "equality_range", why.format(", ".join(definition.columns)))
