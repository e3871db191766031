"""BRIN on large tables whose rows lie in the order of the column: a range in kilobytes of index.

https://www.postgresql.org/docs/current/brin.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope

MIN_CORRELATION = 0.95
MIN_PAGES = 12_800
"""100 MB: below that a b-tree is small too."""
MAX_CHURN = 0.1
"""Updates and deletes a row: they scatter new versions and end the correlation."""


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each ranged column that the table is laid out by."""
    table = scope.table
    if table.pages < MIN_PAGES or table.updates - table.hot_updates + table.deletes > MAX_CHURN * table.rows:
        return
    for name in scope.ranges:
        column = scope.column(name)
        if column is not None and column.correlation is not None and abs(column.correlation) >= MIN_CORRELATION:
            why = f"a range of {name}, by which the table is laid out"
            yield Candidate(scope.index((name,), method="brin"), "brin", why)
