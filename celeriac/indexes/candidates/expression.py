"""Indexes on expressions: lower(email), a cast, payload ->> 'type', which no index on the column serves.

https://www.postgresql.org/docs/current/indexes-expressional.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import KeyPart


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each searched or sorted expression, alone, behind the equalities and before a range."""
    for use in scope.uses("equality", "range", "join", "order", "group"):
        if not use.is_expression:
            continue
        part = KeyPart(use.column, is_expression=True)
        yield Candidate(scope.index((part,)), "expression", f"a search by {use.column}")
        head = scope.equality[: scope.policy.max_width - 1]
        if head:
            why = f"equality on {', '.join(head)}, then {use.column}"
            yield Candidate(scope.index((*head, part)), "expression", why)
        if use.clause == "equality":
            for name in scope.ranges:
                yield Candidate(scope.index((part, name)), "expression", f"{use.column}, then a range of {name}")
