"""@@: full-text search, on a tsvector column or on the very expression that the statement uses.

https://www.postgresql.org/docs/current/textsearch-indexes.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import KeyPart


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose a GIN index on each searched document."""
    for use in scope.uses("text_search"):
        column = scope.column(use.column)
        if use.is_expression or (column is not None and column.type == "tsvector"):
            part = KeyPart(use.column, is_expression=use.is_expression)
            yield Candidate(scope.index((part,), method="gin"), "text_search", f"words in {use.column}")
