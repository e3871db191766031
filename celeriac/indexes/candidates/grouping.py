"""GROUP BY and DISTINCT: rows that arrive in groups need neither a sort nor a hash table."""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose the grouped columns, alone and behind the equalities."""
    for clause in ("group", "distinct"):
        columns = tuple(name for name in scope.columns(clause) if name not in scope.equality)
        if not columns or len(columns) > scope.policy.max_width:
            continue
        names = ", ".join(columns)
        yield Candidate(scope.index(columns), "grouping", f"groups by {names}")
        if scope.equality and len(scope.equality) + len(columns) <= scope.policy.max_width:
            why = f"equality on {', '.join(scope.equality)}, then groups by {names}"
            yield Candidate(scope.index((*scope.equality, *columns)), "grouping", why)
