"""How many combinations the columns of an index have: neither pg_stats nor the planner know, so a sample is counted.

A few hundred pages of the table, the same ones each time. Two estimates, of which the larger counts: Haas and Stokes'
(Duj1, as ANALYZE uses), which holds where rows lie at random; and how much a column's own distinct values multiply
within the sample, which holds where they lie together. https://dl.acm.org/doi/10.5555/645921.673295
"""

from collections.abc import Collection, Iterable

import psycopg2

from celeriac.indexes.candidates.scope import distinct_values
from celeriac.indexes.ddl import qualified, quote
from celeriac.indexes.index import IndexDefinition
from celeriac.indexes.session import PlanningSession
from celeriac.indexes.sizes import guessed_joint_distinct
from celeriac.statements.catalog.tables import Catalog, Table

MAX_PAGES = 250
"""Some 15,000 rows of a common width: half of what ANALYZE samples, counted in a few hundredths of a second a set."""
MIN_PAGES = 100
"""Below that an index is small whatever it holds."""


def combinations(
    session: PlanningSession, pool: Collection[IndexDefinition], catalog: Catalog
) -> dict[IndexDefinition, float]:
    """Estimate the distinct combinations of every plain index of several columns; those of a guess are left out."""
    found: dict[IndexDefinition, float] = {}
    by_table: dict[tuple[str, str], list[IndexDefinition]] = {}
    for definition in pool:
        if len(definition.key) > 1 and not definition.include and definition.method == "btree":
            by_table.setdefault((definition.schema, definition.table), []).append(definition)
    for name, definitions in by_table.items():
        table = catalog.tables[name]
        if table.kind in ("r", "m") and table.pages >= MIN_PAGES:
            found |= _of_table(session, table, definitions)
    return found


def _of_table(
    session: PlanningSession, table: Table, definitions: list[IndexDefinition]
) -> dict[IndexDefinition, float]:
    plain = [d for d in definitions if d.where is None and not any(part.is_expression for part in d.key)]
    sets = {frozenset(definition.columns) for definition in plain}
    sets |= {frozenset((column,)) for columns in sets for column in columns}
    try:
        counts = _count(session, table, sorted(tuple(sorted(columns)) for columns in sets))
    except psycopg2.Error:
        return {}  # Not permitted to read the table: the guess must do.
    return {
        definition: _estimate(table, definition.columns, counts)
        for definition in plain
        if counts.get(tuple(sorted(definition.columns)), (0, 0, 0))[0]
    }


def _count(
    session: PlanningSession, table: Table, sets: list[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[int, int, int]]:
    """Return, for each set of columns, (rows, distinct combinations, combinations seen once) of the sample."""
    if not sets:
        return {}
    columns = sorted({column for names in sets for column in names})
    share = min(100.0, 100 * MAX_PAGES / max(1, table.pages))
    grouping = ", ".join(f"({', '.join(map(quote, names))})" for names in sets)
    marks = ", ".join(map(quote, columns))
    sample = f"{qualified(table.schema, table.name)} TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (1)"
    rows = session.rows(
        "sample",
        "SELECT of, sum(n), count(*), count(*) FILTER (WHERE n = 1) FROM "  # noqa: S608 - names are quoted
        f"(SELECT GROUPING({marks}) AS of, count(*) AS n FROM {sample} GROUP BY GROUPING SETS ({grouping})) AS counted "
        "GROUP BY of",
    )
    masks = {_mask(columns, names): names for names in sets}
    return {masks[of]: (int(total), distinct, once) for of, total, distinct, once in rows}


def _mask(columns: list[str], names: Iterable[str]) -> int:
    """Compute what GROUPING() returns: a bit for each column that is not grouped by, the first one highest."""
    held = set(names)
    return sum(1 << (len(columns) - 1 - place) for place, column in enumerate(columns) if column not in held)


def _estimate(table: Table, columns: tuple[str, ...], counts: dict[tuple[str, ...], tuple[int, int, int]]) -> float:
    sampled, distinct, once = counts[tuple(sorted(columns))]
    if distinct == 0:
        return guessed_joint_distinct(table, columns)
    scattered = sampled * distinct / max(1.0, sampled - once + once * sampled / max(table.rows, 1.0))
    multiplied = [0.0]
    most = 1.0
    for name in columns:
        column = table.column(name)
        own = distinct_values(column, table.rows) if column is not None else 1.0
        multiplied.append(own * distinct / max(1, counts.get((name,), (0, 1, 0))[1]))
        most *= own
    return min(max(scattered, *multiplied), most, table.rows)
