"""How many sets of parameters a statement is called with, and how the calls spread over them."""

from celeriac.cache.advise.values import Combination, Values, combine, of_column, uniform
from celeriac.statements.catalog.tables import Catalog, Column, Table
from celeriac.statements.parsed import ParameterUse, ParsedStatement

_ONE = uniform(1)


def never_alike(parsed: ParsedStatement, catalog: Catalog) -> str | None:
    """Return why hardly two calls have the same parameters, None where that is not plain."""
    for use in parsed.parameter_uses:
        column, _ = _met(use, parsed, catalog)
        if use.operator in ("= ANY", "ANY") or (column is not None and column.type.endswith("[]")):
            return f"{use.column} is compared with a list, of which hardly two are alike: cache each value by itself"
        if column is None or use.place != "compared":
            continue
        if column.type.startswith("time"):
            return f"{use.column} is compared with an instant, of which hardly two are alike: round it to the minute"
        if use.clause == "text_search":
            return f"{use.column} is searched for free text, of which little is asked for twice"
    lists = [use for use in parsed.parameter_uses if use.operator == "IN"]
    if len(lists) > 1:
        return f"{lists[0].column} is compared with a list, of which hardly two are alike: cache each value by itself"
    return None


def combinations(
    parsed: ParsedStatement, catalog: Catalog, pages: float, rows_per_call: float = 1.0
) -> tuple[Combination, ...]:
    """Return the sets of parameters, those that are called alike together.

    Fewer than one row a call says that values are asked for which are not there: as many again, in proportion.
    """
    known = {use.number: _values(use, parsed, catalog, pages) for use in parsed.parameter_uses}
    compared = [use.number for use in parsed.parameter_uses if use.place == "compared"]
    if len(compared) == 1 and parsed.returns_table_rows and 0 < rows_per_call < 1:
        known[compared[0]] = tuple(Values(one.count / rows_per_call, one.share) for one in known[compared[0]])
    return combine(known.items())


def _values(use: ParameterUse, parsed: ParsedStatement, catalog: Catalog, pages: float) -> tuple[Values, ...]:
    if use.place == "offset":
        return uniform(pages)
    if use.place != "compared":
        return _ONE
    column, table = _met(use, parsed, catalog)
    if column is None or table is None:
        # An expression without statistics: as many values as there are rows, which favours no cache.
        return uniform(
            max((_rows(relation.schema, relation.table, catalog) for relation in parsed.relations), default=1)
        )
    return of_column(column, table)


def _met(use: ParameterUse, parsed: ParsedStatement, catalog: Catalog) -> tuple[Column | None, Table | None]:
    if use.relation is None or use.column is None:
        return None, None
    relation = parsed.relations[use.relation]
    table = catalog.tables.get((relation.schema, relation.table))
    return (table.column(use.column), table) if table is not None else (None, None)


def _rows(schema: str, table: str, catalog: Catalog) -> float:
    found = catalog.tables.get((schema, table))
    return found.rows if found is not None else 1.0
