"""How many combinations the columns of an index have: neither pg_stats nor the planner know, so a sample is counted.

A few hundred pages of the table, the same ones each time. Two estimates, of which the larger counts: Haas and Stokes'
(Duj1, as ANALYZE uses), which holds where rows lie at random; and how much a column's own distinct values multiply
within the sample, which holds where they lie together. https://dl.acm.org/doi/10.5555/645921.673295
"""

from collections.abc import Collection
from dataclasses import dataclass

import psycopg2

from celeriac.indexes.candidates.scope import distinct_values
from celeriac.indexes.ddl import qualified, quote
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.session import PlanningSession
from celeriac.statements.catalog.tables import Catalog, Column, Table

MAX_PAGES = 250
"""Some 15,000 rows of a common width: half of what ANALYZE samples, counted in a few hundredths of a second a set."""
MIN_PAGES = 100
"""Below that an index is small whatever it holds."""


MIN_CORRELATION = 0.9


@dataclass(frozen=True, slots=True)
class Counted:
    """What a sample holds: rows, distinct combinations, and those seen once."""

    rows: int
    distinct: int
    once: int


def combinations(
    session: PlanningSession, pool: Collection[IndexDefinition], catalog: Catalog
) -> dict[IndexDefinition, float]:
    """Estimate the distinct keys of every b-tree that may be deduplicated and that pg_stats tells too little about."""
    found: dict[IndexDefinition, float] = {}
    by_table: dict[tuple[str, str], list[IndexDefinition]] = {}
    for definition in pool:
        table = catalog.tables[definition.schema, definition.table]
        if table.kind in ("r", "m") and table.pages >= MIN_PAGES and _is_unsure(definition, table):
            by_table.setdefault((definition.schema, definition.table), []).append(definition)
    for name, definitions in by_table.items():
        found |= _of_table(session, catalog.tables[name], definitions)
    return found


def _is_unsure(definition: IndexDefinition, table: Table) -> bool:
    if definition.method != "btree" or definition.include:
        return False
    column = table.column(definition.key[0].name)
    # Of a column that lies in order ANALYZE sees too few repetitions within a page, and underestimates.
    return len(definition.key) > 1 or column is None or _lies_in_order(column)


def _of_table(
    session: PlanningSession, table: Table, definitions: list[IndexDefinition]
) -> dict[IndexDefinition, float]:
    parts = sorted({part for definition in definitions for part in definition.key})
    sets = {frozenset(definition.key) for definition in definitions} | {frozenset((part,)) for part in parts}
    try:
        counts = _count(session, table, parts, sorted(tuple(sorted(names)) for names in sets))
    except psycopg2.Error:
        return {}  # Not permitted to read the table, or a value that the expression fails on: the guess must do.
    sampled = {definition: counts.get(frozenset(definition.key)) for definition in definitions}
    return {
        definition: _estimate(table, definition.key, count, counts) for definition, count in sampled.items() if count
    }


def _count(
    session: PlanningSession, table: Table, parts: list[KeyPart], sets: list[tuple[KeyPart, ...]]
) -> dict[frozenset[KeyPart], Counted]:
    """Count the combinations of each set of key parts in one pass over the sample."""
    share = min(100.0, 100 * MAX_PAGES / max(1, table.pages))
    names = {part: f"k{place}" for place, part in enumerate(parts)}
    selected = ", ".join(f"{part.name if part.is_expression else quote(part.name)} AS {names[part]}" for part in parts)
    sample = f"{qualified(table.schema, table.name)} TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (1)"
    grouping = ", ".join(f"({', '.join(names[part] for part in group)})" for group in sets)
    bits = ", ".join(names.values())
    rows = session.rows(
        "sample",
        "SELECT of, sum(n), count(*), count(*) FILTER (WHERE n = 1) FROM "  # noqa: S608 - names are quoted
        f"(SELECT GROUPING({bits}) AS of, count(*) AS n FROM (SELECT {selected} FROM {sample}) AS s "
        f"GROUP BY GROUPING SETS ({grouping})) AS counted GROUP BY of",
    )
    masks = {_mask(parts, group): frozenset(group) for group in sets}
    return {masks[of]: Counted(int(total), distinct, once) for of, total, distinct, once in rows if total}


def _mask(parts: list[KeyPart], group: Collection[KeyPart]) -> int:
    """Compute what GROUPING() returns: a bit for each part that is not grouped by, the first one highest."""
    return sum(1 << (len(parts) - 1 - place) for place, part in enumerate(parts) if part not in group)


def _estimate(
    table: Table, key: tuple[KeyPart, ...], found: Counted, counts: dict[frozenset[KeyPart], Counted]
) -> float:
    scattered = found.rows * found.distinct / max(1.0, found.rows - found.once + found.once * found.rows / table.rows)
    estimates, most = [scattered], 1.0
    for part in key:
        column, own = table.column(part.name), counts.get(frozenset((part,)), found)
        if column is None:
            most *= table.rows
            continue
        known = distinct_values(column, table.rows)
        if _lies_in_order(column) and own.rows / own.distinct < table.rows / max(1, table.pages) / 4:
            # Its groups lie within single pages, so the sample holds them whole.
            known = max(known, table.rows * own.distinct / own.rows)
        estimates.append(known * found.distinct / own.distinct)
        most *= known
    return min(max(estimates), most, table.rows)


def _lies_in_order(column: Column) -> bool:
    return abs(column.correlation or 0.0) >= MIN_CORRELATION
