"""An index of a partitioned table as statements for a file: a partitioned table takes none concurrently.

The parent's is declared (`ON ONLY`), each partition's is built concurrently, and attached: after the last one the
server declares the parent's valid. Declaring and attaching lock for an instant. Partitions that come later get theirs
from it.
https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from celeriac.indexes import ddl
from celeriac.indexes.index import IndexDefinition, Recommendation
from celeriac.indexes.partitions import tree
from celeriac.indexes.partitions.tree import Node
from celeriac.indexes.repository.naming import index_name

Trees = Mapping[tuple[str, str], Sequence[Node]]
"""The partitioned tables among those recommended for, by schema and name."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What makes an index, and what undoes it however far that came."""

    make: tuple[str, ...]
    undo: tuple[str, ...]
    note: str | None = None
    """Why there are none."""


def read_trees(connection: Connection, recommendations: Iterable[Recommendation]) -> Trees:
    """Read the partitions, as they are now, of every partitioned table that an index is recommended for."""
    tables = {(one.definition.schema, one.definition.table) for one in recommendations}
    found = {name: tree.of_table(connection, *name) for name in sorted(tables)}
    return {name: nodes for name, nodes in found.items() if nodes and nodes[0].is_partitioned}


def of(one: Recommendation, trees: Trees, *, if_exists: bool = False) -> Steps:
    """Write the steps for one index, on whatever table; `if_exists` lets the undo find nothing."""
    definition = one.definition
    nodes = trees.get((definition.schema, definition.table))
    if nodes is not None:
        return steps(definition, nodes)
    name = index_name(definition)
    return Steps((ddl.create(definition, name),), (ddl.drop(definition.schema, name, if_exists=if_exists),))


def steps(definition: IndexDefinition, nodes: Sequence[Node]) -> Steps:
    """Write the steps for one index; `nodes` are its table and all below it, parents first."""
    foreign = next((node for node in nodes if node.kind == "f"), None)
    if foreign is not None:
        where = f"{foreign.schema}.{foreign.table}"
        return Steps((), (), f"Left out: partition {where} is a foreign table, so the index cannot become valid.")
    on = {node.oid: replace(definition, schema=node.schema, table=node.table) for node in nodes}
    declared = [
        ddl.create(on[node.oid], index_name(on[node.oid]), concurrently=False, only=True)
        for node in nodes
        if node.is_partitioned
    ]
    below = [line for node in nodes[1:] for line in _below(node, on)]
    undo = [_drop(on[nodes[0].oid], concurrently=False)]  # takes every part that was attached with it
    undo += [_drop(on[node.oid], concurrently=not node.is_partitioned) for node in reversed(nodes[1:])]
    return Steps((*declared, *below), tuple(undo))


def _below(node: Node, on: Mapping[int, IndexDefinition]) -> Iterable[str]:
    definition, above = on[node.oid], on[node.parent_oid]
    if not node.is_partitioned:
        yield ddl.create(definition, index_name(definition))
    yield (
        f"ALTER INDEX {ddl.qualified(above.schema, index_name(above))} ATTACH PARTITION "
        f"{ddl.qualified(definition.schema, index_name(definition))}"
    )


def _drop(definition: IndexDefinition, *, concurrently: bool) -> str:
    """Drop what may be missing: of what failed half way, some is."""
    return ddl.drop(definition.schema, index_name(definition), concurrently=concurrently, if_exists=True)
