"""What comes next on the way to a valid index of a partitioned table, decided from what is there: so any crash, and any
partition that comes or goes meanwhile, is only another beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.indexes.partitions.tree import Node, Part


@dataclass(frozen=True, slots=True)
class Declare:
    """CREATE INDEX ON ONLY a partitioned table: no bytes, and invalid until every partition has its part."""

    node: Node


@dataclass(frozen=True, slots=True)
class Build:
    """CREATE INDEX CONCURRENTLY on one partition."""

    node: Node
    done: int
    of: int
    """Partitions that have their part, of all that need one."""


@dataclass(frozen=True, slots=True)
class Clear:
    """DROP INDEX CONCURRENTLY of what an interrupted build left on a partition."""

    node: Node
    part: Part


@dataclass(frozen=True, slots=True)
class Attach:
    """ALTER INDEX … ATTACH PARTITION: after the last one the server declares the index above valid."""

    part: Part
    above: Part


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is missing."""


Step = Declare | Build | Clear | Attach | Done


def next_step(nodes: Sequence[Node]) -> Step:
    """Return the next step: declare from the top down, then partition by partition build and attach."""
    above = {node.oid: node.part for node in nodes}
    for node in nodes:
        if node.is_partitioned and node.part is None:
            return Declare(node)
    for node in nodes:
        step = _next_of(node, above.get(node.parent_oid), nodes)
        if step is not None:
            return step
    return Done()


def partitions(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the tables that hold rows."""
    return tuple(node for node in nodes if not node.is_partitioned)


def _next_of(node: Node, above: Part | None, nodes: Sequence[Node]) -> Step | None:
    part = node.part
    if part is None:
        leaves = partitions(nodes)
        return Build(node, sum(1 for leaf in leaves if leaf.part is not None and leaf.part.valid), len(leaves))
    if not node.is_partitioned and not part.valid:
        return Clear(node, part)
    if above is not None and part.attached_to is None:
        return Attach(part, above)
    return None
