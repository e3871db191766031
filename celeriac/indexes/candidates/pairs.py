"""Every ordered pair of a statement's columns: what a plan makes of a pair no rule foresees.

Of all the pairs offered at once a plan uses two or three; the rest cost one planning together.
"""

from collections.abc import Iterator
from itertools import permutations

from celeriac.indexes.candidates.scope import Candidate, Scope, unique

MAX_COLUMNS = 9
"""Beyond it the pairs of the searched columns alone are offered: the planner's time grows with every index."""


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose every ordered pair, provided that anything is searched or sorted at all."""
    if not scope.searched or scope.policy.max_width < 2:
        return
    columns = unique((*scope.searched, *scope.columns("returned")))
    if len(columns) > MAX_COLUMNS:
        columns = scope.searched[:MAX_COLUMNS]
    for pair in permutations(columns, 2):
        yield Candidate(scope.index(pair), "pairs", f"{pair[0]} with {pair[1]} at hand")
