"""What an index would save that the planner cannot be asked about: GIN everywhere, and all of them without HypoPG.

The planner's own plan is taken, and in it the scan of the table that the index would replace: the rows that the scan
keeps are the planner's estimate, the rows that the index would find follow from the column statistics, and the price
of fetching them from the cost model of bitmap scans (costsize.c). Rough, and marked as estimated wherever shown.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from celeriac.indexes.candidates.scope import distinct_values
from celeriac.indexes.ddl import create
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.what_if import Plan
from celeriac.statements.catalog.tables import Catalog, Table
from celeriac.statements.parsed import ParsedStatement, RelationUse

RANDOM_PAGE_COST = 4.0
CPU_TUPLE_COST = 0.01
CPU_INDEX_COST = 0.005
DESCENT_COST = 8.0
"""A few pages from root to leaf."""
DEFAULT_RANGE_SHARE = 0.1
"""Of a range whose bounds are not known; the planner's own 1/3 is for want of any index."""

_SCANS = ("Seq Scan", "Bitmap Heap Scan", "Index Scan")


@dataclass(frozen=True, slots=True)
class _Saving:
    definition: IndexDefinition
    cost: float


def with_estimated(
    plan: Plan, statement: ParsedStatement, definitions: Iterable[IndexDefinition], catalog: Catalog
) -> Plan:
    """Return the plan as it would be if these indexes existed too: the best of them for each scan."""
    offered = sorted(definitions, key=create)
    cost, used = plan.cost, set(plan.used)
    for scan, times, limited in _scans(plan.tree, 1.0, None):
        best = max(
            (
                _Saving(definition, times * (scan["Total Cost"] - _price(scan, limited, use, table, definition)))
                for definition in offered
                for use, table in _uses(statement, scan, definition, catalog)
            ),
            key=lambda saving: saving.cost,
            default=None,
        )
        if best is not None and best.cost > 0:
            cost -= best.cost
            used.add(best.definition)
    return Plan(max(cost, min(plan.cost, 1.0)), frozenset(used), plan.tree, plan.searched | (used - plan.used))


def _scans(
    tree: dict[str, Any], times: float, limit: float | None
) -> Iterator[tuple[dict[str, Any], float, float | None]]:
    """Yield (scan node, how often it runs, rows that a LIMIT over a sort of it keeps)."""
    kind = tree["Node Type"]
    if kind == "Limit":
        limit = tree["Plan Rows"]
    elif kind not in ("Sort", "Incremental Sort", "Gather Merge", "Gather", *_SCANS):
        limit = None
    if kind in _SCANS:
        yield tree, times, limit
    children = tree.get("Plans", ())
    for child in children:
        inner = kind == "Nested Loop" and child.get("Parent Relationship") == "Inner"
        yield from _scans(child, times * children[0]["Plan Rows"] if inner else times, limit)


def _uses(
    statement: ParsedStatement, scan: dict[str, Any], definition: IndexDefinition, catalog: Catalog
) -> Iterator[tuple[RelationUse, Table]]:
    """Yield the relation of the statement that a scan reads, where the index is on its table."""
    table = catalog.tables.get((definition.schema, definition.table))
    if table is None or scan.get("Relation Name") != definition.table:
        return
    for relation in statement.relations:
        same = (relation.schema, relation.table) == (definition.schema, definition.table)
        if same and scan.get("Alias") in (relation.alias, relation.table):
            yield relation, table


def _price(
    scan: dict[str, Any], limit: float | None, use: RelationUse, table: Table, definition: IndexDefinition
) -> float:
    """Price one run of the scan through the index; the scan's own cost where the index does not fit."""
    own: float = scan["Total Cost"]
    if definition.method != "btree":
        fits = any(u.column == definition.key[0].name and u.clause not in ("returned", "order") for u in use.uses)
        return _fetch(scan["Plan Rows"], table, 1.0) + 5 * DESCENT_COST if fits and "Filter" in scan else own
    share, matched = _matched(use, table, definition)
    ordered = limit is not None and _delivers_order(use, definition, matched)
    if matched == 0 and not ordered:
        return own
    rows = max(1.0, table.rows * share)
    if "Filter" in scan and matched == len(definition.key) and not definition.include:
        rows = max(rows, scan["Plan Rows"])
    if ordered and limit is not None:
        # The filters that the index does not see let only some of the rows pass.
        passing = min(1.0, scan["Plan Rows"] / rows)
        rows = min(rows, limit / max(passing, 1e-6))
    return DESCENT_COST + _fetch(rows, table, _correlation(table, definition))


def _matched(use: RelationUse, table: Table, definition: IndexDefinition) -> tuple[float, int]:
    """Return (share of the rows, how many key columns narrow the search): equalities, then one range."""
    share = 1.0
    for place, part in enumerate(definition.key):
        clauses = {u.clause for u in use.uses if u.column == part.name and u.conjunct}
        column = table.column(part.name)
        if "equality" in clauses:
            share /= distinct_values(column, table.rows) if column is not None else max(1.0, table.rows)
        elif clauses & {"range", "prefix"}:
            return share * DEFAULT_RANGE_SHARE, place + 1
        else:
            return share, place
    return share, len(definition.key)


def _delivers_order(use: RelationUse, definition: IndexDefinition, matched: int) -> bool:
    order = [u.column for u in use.uses if u.clause == "order"]
    return bool(order) and list(definition.columns[matched : matched + len(order)]) == order


def _fetch(rows: float, table: Table, scatter: float) -> float:
    """Price fetching so many rows: pages by Mackert and Lohman's formula, nearer to sequential the more there are."""
    pages = max(1.0, float(table.pages))
    touched = min(pages, 2 * pages * rows / (2 * pages + rows)) * scatter + rows / max(1.0, table.rows) * pages
    page_cost = RANDOM_PAGE_COST - (RANDOM_PAGE_COST - 1) * math.sqrt(min(touched, pages) / pages)
    return min(touched, pages) * page_cost + rows * (CPU_TUPLE_COST + CPU_INDEX_COST)


def _correlation(table: Table, definition: IndexDefinition) -> float:
    """Return how scattered the rows of one key lie, 0..1."""
    column = table.column(definition.key[0].name)
    return 1 - (column.correlation or 0.0) ** 2 if column is not None else 1.0
