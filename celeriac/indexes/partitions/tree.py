"""A partitioned table as the catalog shows it, and the change's index on each part of it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from celeriac.indexes import ddl
from celeriac.indexes.rehearse import NotBuildable
from celeriac.ledger.changes import Change
from celeriac.sql import load

NO_NAME = "^$"
"""A pattern that no index's name fits."""


@dataclass(frozen=True, slots=True)
class Part:
    """What there is of the change's index on one table of the tree."""

    oid: int
    schema: str
    name: str
    valid: bool
    attached_to: int | None
    """The index above it; None where it is not attached (yet), and for the parent's own."""


@dataclass(frozen=True, slots=True)
class Node:
    """The partitioned table itself (level 0), or one table below it."""

    oid: int
    parent_oid: int
    level: int
    schema: str
    table: str
    kind: str
    """`pg_class.relkind`: p (partitioned), r, f (foreign)."""
    pages: int
    parts: tuple[Part, ...] = ()
    """One as a rule; attached ones first."""

    @property
    def is_partitioned(self) -> bool:
        """Tell whether it has partitions of its own, and its index no bytes."""
        return self.kind == "p"

    @property
    def part(self) -> Part | None:
        """The part that counts."""
        return self.parts[0] if self.parts else None


def read(connection: Connection, change: Change) -> tuple[Node, ...]:
    """Read the tree of a change's table, parents before their partitions; empty where the table is gone."""
    return of_table(connection, change.schema_name, change.table_name, ddl.mark_of(change.id))


def of_table(connection: Connection, schema: str, table: str, mark: str = NO_NAME) -> tuple[Node, ...]:
    """Read the tree of a table, with the parts whose names fit the pattern `mark`; none by default."""
    values = {"schema": schema, "table": table, "mark": mark}
    nodes: dict[int, Node] = {}
    for row in connection.execute(load(__file__, "tree"), values):
        known = nodes.get(row.oid)
        parts = known.parts if known is not None else ()
        if row.index_oid is not None:
            parts = (*parts, Part(row.index_oid, row.index_schema, row.index_name, row.valid, row.attached_to))
        nodes[row.oid] = Node(
            row.oid, row.parent_oid, row.level, row.schema_name, row.table_name, row.kind, row.pages, parts
        )
    return tuple(nodes.values())


def not_buildable(connection: Connection, change: Change) -> NotBuildable | None:
    """Refuse a tree that holds a foreign table: it takes no index, so the parent's would never become valid."""
    foreign = next((node for node in read(connection, change) if node.kind == "f"), None)
    if foreign is None:
        return None
    return NotBuildable(
        f"partition {foreign.schema}.{foreign.table} is a foreign table: an index of {change.table} cannot become valid"
    )
