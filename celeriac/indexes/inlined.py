"""Tables that a statement reads without naming them: behind inlined SQL functions, row security and rules.

The planner has expanded them; its plan shows each scan with its filter, and a filter is a WHERE clause once more.
"""

from collections.abc import Iterator
from typing import Any

from celeriac.indexes.ddl import quote
from celeriac.indexes.what_if import nodes
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import NotUnderstood, ParsedStatement, RelationUse
from celeriac.statements.parsing import parse

_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter")


def inlined(tree: dict[str, Any], parsed: ParsedStatement, catalog: Catalog) -> tuple[RelationUse, ...]:
    """Return the uses of tables that a plan scans and the statement does not name."""
    named = {relation.table for relation in parsed.relations}
    found: dict[str, RelationUse] = {}
    for node in nodes(tree):
        name = node.get("Relation Name")
        table = catalog.find(None, name) if name is not None and name not in named else None
        if table is None or table.is_partition:  # the planner names the partitions of what the statement names
            continue
        conditions = " AND ".join(f"({node[kind]})" for kind in _CONDITIONS if kind in node)
        for relation in _read(table.schema, table.name, str(node.get("Alias", name)), conditions, catalog):
            found.setdefault(conditions + relation.table, relation)
    return tuple(found.values())


def _read(schema: str, table: str, alias: str, conditions: str, catalog: Catalog) -> Iterator[RelationUse]:
    source = f"{quote(schema)}.{quote(table)} AS {quote(alias)}"
    read = parse(f"SELECT * FROM {source} WHERE {conditions or 'true'}", catalog)  # noqa: S608 - only parsed
    if not isinstance(read, NotUnderstood):
        yield from (relation for relation in read.relations if relation.table == table)
