"""LIKE 'x%': a range of the b-tree, but under any collation other than C only with the pattern operator class.

https://www.postgresql.org/docs/current/indexes-opclass.html
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope, base_type
from celeriac.indexes.index import KeyPart

_PATTERN_OPCLASS = {
    "text": "text_pattern_ops",
    "character varying": "varchar_pattern_ops",
    "character": "bpchar_pattern_ops",
}


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose the matched column alone and behind the equalities."""
    for use in scope.uses("prefix"):
        column = scope.column(use.column)
        if use.is_expression:
            part = KeyPart(use.column, is_expression=True, opclass="text_pattern_ops")
        elif column is None or not scope.fits_btree(use.column):
            continue
        else:
            opclass = None if column.collation_is_c else _PATTERN_OPCLASS.get(base_type(column.type))
            part = KeyPart(use.column, opclass=opclass)
        yield Candidate(scope.index((part,)), "prefix", f"a prefix of {use.column}")
        head = scope.equality[: scope.policy.max_width - 1]
        if head and use.conjunct:
            why = f"equality on {', '.join(head)}, then a prefix of {use.column}"
            yield Candidate(scope.index((*head, part)), "prefix", why)
