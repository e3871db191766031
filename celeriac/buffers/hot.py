"""The hot blocks of a server at an instant, and their place in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celeriac.buffers.ranges import Range, size


@dataclass(frozen=True, slots=True)
class HotRelation:
    """A table, an index or a TOAST table with the blocks of it that were hot."""

    schema: str
    name: str
    kind: str
    """`pg_class.relkind`: r, m, t, i."""
    filenode: int
    """Changes when the relation is rewritten: the block numbers are worthless then."""
    heat: float
    """Mean usage count of the hot blocks, up to 5."""
    ranges: tuple[Range, ...]

    @property
    def is_index(self) -> bool:
        """Tell indexes from what they index."""
        return self.kind == "i"

    @property
    def blocks(self) -> int:
        """Count the blocks to read, bridged gaps included."""
        return size(self.ranges)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hot blocks of a target at an instant, indexes first and the hottest first."""

    id: int
    taken_at: datetime
    postmaster_started_at: datetime
    blocks: int
    """Hot blocks seen; the ranges hold a few more where gaps were bridged."""
    relations: tuple[HotRelation, ...]


def in_order(relations: tuple[HotRelation, ...]) -> tuple[HotRelation, ...]:
    """Put indexes first (every lookup passes through them), then the hottest; ties by name, so that runs agree."""
    return tuple(sorted(relations, key=lambda hot: (not hot.is_index, -hot.heat, hot.schema, hot.name)))


def as_json(relation: HotRelation) -> dict[str, Any]:
    """Write a relation as the ledger keeps it."""
    return {
        "schema": relation.schema,
        "name": relation.name,
        "kind": relation.kind,
        "filenode": relation.filenode,
        "heat": round(relation.heat, 3),
        "ranges": [list(each) for each in relation.ranges],
    }


def from_json(document: Mapping[str, Any]) -> HotRelation:
    """Read a relation back from the ledger."""
    return HotRelation(
        schema=document["schema"],
        name=document["name"],
        kind=document["kind"],
        filenode=document["filenode"],
        heat=document["heat"],
        ranges=tuple((first, last) for first, last in document["ranges"]),
    )
