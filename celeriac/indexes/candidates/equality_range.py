"""Equality columns first, then one range: the order in which a b-tree narrows.

https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each searched column alone, all equalities together, and the equalities with each range behind them."""
    equality, ranges = scope.equality, scope.ranges
    for name in scope.columns("equality", "range", "is_null"):
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


def _candidate(scope: Scope, columns: tuple[str, ...], why: str) -> Candidate:
    definition = scope.index(columns)
    return Candidate(definition, "equality_range", why.format(", ".join(definition.columns)))
