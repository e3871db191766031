"""What foreign keys cost that EXPLAIN does not show: a deleted parent is looked up in every child table.

Without an index on the referencing columns each deleted row, or changed key, reads the whole child.
https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from celeriac.indexes.estimate import DESCENT_COST
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.what_if import Plan
from celeriac.statements.catalog.tables import Catalog, Table
from celeriac.statements.parsed import ParsedStatement

ROW_COST = 0.0125
"""Reading a row and testing it: cpu_tuple_cost and cpu_operator_cost."""


def with_lookups(
    plan: Plan, statement: ParsedStatement, offered: Collection[IndexDefinition], catalog: Catalog
) -> Plan:
    """Add to a plan that deletes parents what looking for their children costs under the offered indexes."""
    cost, used = plan.cost, set[IndexDefinition]()
    for child, columns in _children(statement, catalog):
        serving = [definition for definition in offered if _serves(definition, child, columns)]
        found = DESCENT_COST if serving or _indexed(child, columns) else child.pages + child.rows * ROW_COST
        cost += _deleted_rows(plan) * found
        used.update(sorted(serving, key=lambda definition: len(definition.key))[:1])
    if cost == plan.cost:
        return plan
    return replace(plan, cost=cost, used=plan.used | used, searched=plan.searched | used)


def _children(statement: ParsedStatement, catalog: Catalog) -> Iterator[tuple[Table, tuple[str, ...]]]:
    deleted = {f"{r.schema}.{r.table}" for r in statement.relations if r.written == "delete"}
    if not deleted:
        return
    for child in catalog.tables.values():
        for columns, parent in child.foreign_keys:
            if parent.replace('"', "") in deleted:
                yield child, columns


def _serves(definition: IndexDefinition, child: Table, columns: tuple[str, ...]) -> bool:
    same = (definition.schema, definition.table) == (child.schema, child.name)
    whole = definition.method == "btree" and definition.where is None
    return same and whole and set(definition.columns[: len(columns)]) == set(columns)


def _indexed(child: Table, columns: tuple[str, ...]) -> bool:
    return any(
        existing.method == "btree" and existing.where is None and set(existing.key[: len(columns)]) == set(columns)
        for existing in child.indexes
    )


def _deleted_rows(plan: Plan) -> float:
    """Return the rows that the plan passes to ModifyTable, whose own estimate is zero."""
    below = plan.tree.get("Plans", ())
    rows: float = below[0]["Plan Rows"] if below else 0.0
    return max(1.0, rows)
