"""Several indexes in one: the part of the keys that agrees, and whatever else either holds included.

A budget that cannot pay two covering indexes often pays their union, most of whose columns they share.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from celeriac.indexes.candidates.scope import Candidate
from celeriac.indexes.index import IndexDefinition, KeyPart

MAX_INCLUDE = 8
"""Of a merged index: it stands for several."""
ROUNDS = 2
"""Unions of two, then of two unions."""
MAX_MERGED = 60
"""Of one table and leading column: each is offered to every statement of the table."""


def merge(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the unions of the covering candidates of a table whose keys begin alike, each once."""
    by_lead: dict[tuple[object, ...], dict[IndexDefinition, Candidate]] = {}
    for candidate in candidates:
        definition = candidate.definition
        if definition.method == "btree" and definition.where is None:
            lead = (definition.schema, definition.table, definition.key[0])
            by_lead.setdefault(lead, {})[definition] = candidate
    for group in by_lead.values():
        known = dict(group)
        for _ in range(ROUNDS):
            for union in _unions(tuple(known.values())):
                if len(known) - len(group) < MAX_MERGED:
                    known.setdefault(union.definition, union)
        yield from (candidate for definition, candidate in known.items() if definition not in group)


def _unions(candidates: tuple[Candidate, ...]) -> Iterator[Candidate]:
    for one, other in combinations(candidates, 2):
        if not (one.definition.include or other.definition.include):
            continue
        for key in _keys(one.definition, other.definition):
            merged = _union(key, one.definition, other.definition)
            if merged is not None:
                yield Candidate(merged, "merging", one.why)


def _keys(one: IndexDefinition, other: IndexDefinition) -> Iterator[tuple[KeyPart, ...]]:
    """Yield the keys under which both could be held: the part that agrees, and each one's own where it has it all."""
    agreed = 0
    for mine, theirs in zip(one.key, other.key, strict=False):
        if mine != theirs:
            break
        agreed += 1
    yield one.key[:agreed]
    yield from (definition.key for definition in (one, other) if len(definition.key) > agreed)


def _union(key: tuple[KeyPart, ...], one: IndexDefinition, other: IndexDefinition) -> IndexDefinition | None:
    parts = {*one.key, *other.key} - set(key)
    if any(part.is_expression for part in parts):
        return None
    held = {*one.include, *other.include, *(part.name for part in parts)} - {part.name for part in key}
    merged = IndexDefinition(one.schema, one.table, key, tuple(sorted(held)))
    return None if merged in (one, other) or len(held) > MAX_INCLUDE else merged


def stands_for(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Tell whether a merged index holds all that a covering one does, under a key that begins like its key."""
    same = (wide.schema, wide.table, narrow.where, narrow.method) == (narrow.schema, narrow.table, None, "btree")
    if not same or not narrow.include or wide.key[0] != narrow.key[0]:
        return False
    return {*wide.columns, *wide.include} >= {*narrow.columns, *narrow.include}
