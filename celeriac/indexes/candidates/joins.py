"""Join columns, both ways round with the filters: the inner side of a nested loop, or an ordered side of a merge."""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope, unique


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose the join columns alone, behind the equalities, and before the filters."""
    for name in scope.joins:
        yield _candidate(scope, (name,))
        if scope.equality:
            yield _candidate(scope, (*scope.equality[: scope.policy.max_width - 1], name))
            yield _candidate(scope, (name, *scope.equality))
        for ranged in scope.ranges:
            yield _candidate(scope, (name, ranged))
            yield _candidate(scope, (ranged, name))
    for together in _by_partner(scope):
        yield _candidate(scope, together)
        yield _candidate(scope, (*together, *scope.equality, *scope.ranges))


def _by_partner(scope: Scope) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each join condition of several columns."""
    partners: dict[int, list[str]] = {}
    for use in scope.uses("join"):
        if use.partner is not None and not use.is_expression and scope.fits_btree(use.column):
            partners.setdefault(use.partner[0], []).append(use.column)
    for columns in partners.values():
        if len(together := unique(columns)) > 1:
            yield together


def _candidate(scope: Scope, columns: tuple[str, ...]) -> Candidate:
    definition = scope.index(columns)
    return Candidate(definition, "joins", f"a join by {', '.join(definition.columns)}")
