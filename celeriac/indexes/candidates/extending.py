"""An existing index made wider: one index that serves the old statements and the new ones, instead of two."""

from collections.abc import Iterator

from celeriac.indexes.candidates.ordering import order_parts
from celeriac.indexes.candidates.scope import Candidate, Scope
from celeriac.statements.catalog.tables import ExistingIndex


def suggest(scope: Scope) -> Iterator[Candidate]:
    """Propose each plain index of the table, followed by what else the statement searches or sorts by."""
    for existing in scope.table.indexes:
        if not _extensible(scope, existing):
            continue
        for tail in ((*scope.equality, *scope.ranges[:1]), scope.joins, order_parts(scope)):
            definition = scope.index((*existing.key, *tail))
            if len(definition.key) > len(existing.key):
                why = f"{existing.name} extended to {', '.join(definition.columns)}"
                yield Candidate(definition, "extending", why)


def _extensible(scope: Scope, existing: ExistingIndex) -> bool:
    """Tell whether a wider index could take the place of this one: plain, partial on nothing, and in use here."""
    plain = existing.method == "btree" and existing.valid and existing.where is None and not existing.include
    if not plain or existing.unique or existing.backs_constraint:
        return False
    return all(scope.column(name) is not None for name in existing.key) and existing.key[0] in scope.searched
