"""LIKE '%x%', ILIKE and regular expressions: trigrams in a GIN index (extension pg_trgm).

https://www.postgresql.org/docs/current/pgtrgm.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope, base_type
from celeriac.indexes.index import KeyPart

_TEXT = ("text", "character varying", "character")


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose a trigram index on each column or expression that is searched by a pattern."""
    if "pg_trgm" not in scope.extensions:
        return
    for use in scope.uses("pattern"):
        column = scope.column(use.column)
        if use.is_expression or (column is not None and base_type(column.type) in _TEXT):
            part = KeyPart(use.column, is_expression=use.is_expression, opclass="gin_trgm_ops")
            yield Candidate(scope.index((part,), method="gin"), "trigram", f"patterns within {use.column}")
