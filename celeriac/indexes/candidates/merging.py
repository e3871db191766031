"""Two indexes in one: where a key leads another's, the longer key with all included columns may serve both.

A budget that cannot pay two covering indexes often pays their union, most of whose columns they share.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.index import IndexDefinition

MAX_INCLUDE = 8
"""Of a merged index: it stands for two."""


def merge(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the union of each two candidates of a table of which one's key leads the other's."""
    by_lead: dict[tuple[object, ...], list[Candidate]] = {}
    for candidate in candidates:
        definition = candidate.definition
        if definition.method == "btree" and definition.where is None:
            by_lead.setdefault((definition.schema, definition.table, definition.key[0]), []).append(candidate)
    for group in by_lead.values():
        for one, other in combinations(group, 2):
            merged = _union(one.definition, other.definition)
            if merged is not None:
                yield Candidate(merged, "merging", f"{one.why}, and {other.why}")


def _union(one: IndexDefinition, other: IndexDefinition) -> IndexDefinition | None:
    short, long = sorted((one, other), key=lambda definition: len(definition.key))
    if long.key[: len(short.key)] != short.key or not (short.include or long.include):
        return None
    include = tuple(sorted({*short.include, *long.include} - set(long.columns)))
    merged = IndexDefinition(long.schema, long.table, long.key, include)
    return None if merged in (one, other) or len(include) > MAX_INCLUDE else merged
