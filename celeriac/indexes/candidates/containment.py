"""@>, ?, && and their like on jsonb, arrays and ranges: inverted or GiST indexes with the class that fits the operator.

jsonb_path_ops is smaller and faster than the default, but serves no key-existence operators.
https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING
"""

from collections.abc import Iterator

from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.indexes.index import KeyPart

_KEY_EXISTENCE = ("?", "?|", "?&")


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose the index that serves every containment operator used on the column."""
    for use in scope.uses("containment"):
        column = scope.column(use.column)
        if column is None or use.is_expression or use.operator == "<@":
            continue
        if column.type == "jsonb":
            keys = any(o.operator in _KEY_EXISTENCE for o in scope.uses("containment") if o.column == use.column)
            part = KeyPart(use.column, opclass=None if keys else "jsonb_path_ops")
            yield _candidate(scope, part, "gin")
        elif column.type.endswith("[]"):
            yield _candidate(scope, KeyPart(use.column), "gin")
        elif column.type.endswith("range"):
            yield _candidate(scope, KeyPart(use.column), "gist")


def _candidate(scope: Scope, part: KeyPart, method: str) -> Candidate:
    return Candidate(scope.index((part,), method=method), "containment", f"containment in {part.name}")
