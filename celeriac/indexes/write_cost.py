"""What writes pay for an index: an entry for each inserted row, and for each update that is not heap-only.

An update of an indexed column can no longer be heap-only: it writes entries into every index of the table and their
WAL. https://www.postgresql.org/docs/current/storage-hot.html
"""

from collections.abc import Iterable
from dataclasses import dataclass

from celeriac.indexes.index import IndexDefinition
from celeriac.statements.catalog.tables import Table
from celeriac.statements.parsed import ParsedStatement
from celeriac.statements.statement import Statement

ENTRY_MS = 0.006
"""One b-tree entry: descent, insertion, some 80 bytes of WAL and its share of page writes."""
METHOD_FACTOR = {"btree": 1.0, "brin": 0.05, "gin": 12.0, "gist": 4.0}
"""Entries of other kinds, in entries of a b-tree; GIN makes one a key."""


@dataclass(frozen=True, slots=True)
class Writes:
    """Rows a table has written in an hour, and which columns its updates set."""

    inserted: float = 0.0
    updates: tuple[tuple[frozenset[str], float], ...] = ()
    """(columns set, rows an hour) of each updating statement."""


def writes_of(written: Iterable[tuple[ParsedStatement, Statement]], hours: float) -> dict[tuple[str, str], Writes]:
    """Add up what the workload's statements write to each table."""
    inserted: dict[tuple[str, str], float] = {}
    updates: dict[tuple[str, str], list[tuple[frozenset[str], float]]] = {}
    for parsed, statement in written:
        rows = statement.counters.rows / hours
        for relation in parsed.relations:
            name = (relation.schema, relation.table)
            if relation.written == "insert":
                inserted[name] = inserted.get(name, 0.0) + rows
            elif relation.written == "update":
                updates.setdefault(name, []).append((frozenset(relation.updated_columns), rows))
    names = inserted.keys() | updates.keys()
    return {name: Writes(inserted.get(name, 0.0), tuple(updates.get(name, ()))) for name in names}


def write_ms_per_hour(definition: IndexDefinition, table: Table, writes: Writes, rows_share: float = 1.0) -> float:
    """Estimate what an index adds to the time of its table's writes; a partial one pays for its share of the rows."""
    hot = table.hot_updates / table.updates if table.updates else 0.5
    held = {*definition.columns, *definition.include}
    where = definition.where or ""
    entries = writes.inserted
    for columns, rows in writes.updates:
        if any(column in held or f'"{column}"' in where for column in columns):
            # Those that were heap-only now write into every other index too.
            entries += rows * (1 + hot * len(table.indexes))
        else:
            entries += rows * (1 - hot)
    return entries * rows_share * ENTRY_MS * METHOD_FACTOR.get(definition.method, 1.0)
