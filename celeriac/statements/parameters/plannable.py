"""Find types and values for a statement's parameters, or say why the planner cannot be asked about it."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from celeriac import sql
from celeriac.statements.catalog.tables import Catalog, Column, Table
from celeriac.statements.parameters.bindings import Observed, Weighted, combine, wanted_share
from celeriac.statements.parameters.choices import (
    Choice,
    Compared,
    equal_choices,
    match_choices,
    member_choices,
    range_choices,
)
from celeriac.statements.parameters.literals import default, literal
from celeriac.statements.parameters.prepare import prepare
from celeriac.statements.parsed import Binding, Clause, NotUnderstood, ParameterUse, ParsedStatement, Plannable
from celeriac.statements.statement import Statement

_DEFAULT_LIMIT = 10
_CALLS_THAT_TELL = 10
"""So many calls without a row say that the statement asks for what is rarely there; fewer say nothing."""
_KINDS: dict[Clause | None, str] = {
    "equality": "equal",
    "returned": "equal",
    "range": "range",
    "containment": "member",
    "text_search": "member",
}
_FIXED = {"offset": "0", "wildcard": "%", "unit": "day", "zone": "UTC"}


def plannable(
    connection: Connection, parsed: ParsedStatement, statement: Statement, catalog: Catalog
) -> Plannable | NotUnderstood:
    """Return the statement as the planner accepts it, with one to five bindings of its parameters.

    Nothing is executed or planned: the server is asked by PREPARE alone, within a savepoint that is rolled back.
    No bindings are returned where a parameter's type has no known values: only the generic plan can be asked for then.
    """
    settings = catalog.settings_of(statement.role)
    prepared = prepare(connection, parsed, catalog, settings)
    if isinstance(prepared, NotUnderstood):
        return prepared
    parsed = replace(parsed, text=prepared.text)
    choices = _weighted(parsed, prepared.types, statement, catalog)
    defaults = _defaults(connection, prepared.types)
    return Plannable(
        parsed=parsed,
        fingerprint=statement.fingerprint,
        role=statement.role,
        parameter_types=prepared.types,
        bindings=tuple(_bindings(choices, prepared.types, defaults)),
        settings=settings,
    )


def _weighted(
    parsed: ParsedStatement, types: tuple[str, ...], statement: Statement, catalog: Catalog
) -> list[Weighted]:
    fixed = Choice(_fixed(parsed, statement), 1.0)
    compared = _compared(parsed, types, catalog)
    observed = _observed(parsed, statement, catalog)
    both = frozenset(
        use.parameter
        for relation in parsed.relations
        for use in relation.uses
        if use.clause == "pattern" and use.parameter is not None
    )
    points = [choices for one in compared if not _is_range(one) and (choices := _choices(one, both))]
    ranges = [one for one in compared if _is_range(one)]
    share = None
    if observed is not None and ranges:
        share = wanted_share(points, observed) ** (1 / len(ranges))
    bounds = [choices for one in ranges if (choices := range_choices(one, share))]
    return combine([[fixed], *points, *bounds], observed)


def _fixed(parsed: ParsedStatement, statement: Statement) -> dict[int, str]:
    """Return the values of parameters whose place alone decides."""
    values = {use.number: _FIXED[use.place] for use in parsed.parameter_uses if use.place in _FIXED}
    limits = [use.number for use in parsed.parameter_uses if use.place == "limit"]
    rows = statement.counters.rows_per_call
    limit = math.ceil(rows) if rows > 0 and len(limits) == 1 and 0 in parsed.limited_levels else _DEFAULT_LIMIT
    return {**values, **dict.fromkeys(limits, str(limit))}


def _compared(parsed: ParsedStatement, types: tuple[str, ...], catalog: Catalog) -> list[Compared]:
    """Group the parameters that meet one column in one way."""
    groups: defaultdict[tuple[int, str, str], list[ParameterUse]] = defaultdict(list)
    for use in parsed.parameter_uses:
        if use.place == "compared" and use.relation is not None and use.column is not None and use.number <= len(types):
            groups[use.relation, use.column, _KINDS.get(use.clause, "match")].append(use)
    found = []
    for (relation, name, _), uses in groups.items():
        table = _table(parsed, relation, catalog)
        column = table.column(name) if table is not None else None
        if table is not None and column is not None:
            found.append(Compared(column, table.rows, tuple(uses), types))
    return found


def _table(parsed: ParsedStatement, relation: int, catalog: Catalog) -> Table | None:
    use = parsed.relations[relation]
    return catalog.find(use.schema, use.table)


def _is_range(compared: Compared) -> bool:
    return compared.uses[0].clause == "range"


def _choices(compared: Compared, both: frozenset[int]) -> list[Choice]:
    clause = compared.uses[0].clause
    if clause in ("equality", "returned"):
        return equal_choices(compared) if _has_values(compared.column) else []
    if clause in ("containment", "text_search"):
        return member_choices(compared)
    return match_choices(compared, both)


def _has_values(column: Column) -> bool:
    return bool(column.common_values or column.histogram)


def _observed(parsed: ParsedStatement, statement: Statement, catalog: Catalog) -> Observed | None:
    """Return the rows per call where they tell how many rows of one table the conditions leave."""
    tells = len(parsed.relations) == 1 and parsed.returns_table_rows and not parsed.limited_levels
    table = _table(parsed, 0, catalog) if tells else None
    if table is None or table.rows <= 0 or statement.counters.calls < 1:
        return None
    if statement.counters.rows < 1 and statement.counters.calls < _CALLS_THAT_TELL:
        return None
    return Observed(table.rows, statement.counters.rows_per_call)


def _defaults(connection: Connection, types: Sequence[str]) -> dict[str, str]:
    """Return some value of each type; enumerations and domains are looked up, once for all."""
    known = {name: value for name in set(types) if (value := default(name)) is not None}
    unknown = sorted(set(types) - set(known))
    if unknown:
        rows = connection.execute(sql.load(__file__, "type_values"), {"names": unknown})
        for name, base, label in rows:
            value = label if label is not None else default(base or "")
            if value is not None:
                known[name] = value
    return known


def _bindings(choices: list[Weighted], types: tuple[str, ...], defaults: dict[str, str]) -> list[Binding]:
    bindings = []
    for choice in choices:
        values = [choice.values.get(number, defaults.get(name)) for number, name in enumerate(types, 1)]
        if None in values:
            return []
        literals = tuple(literal(str(value), name) for value, name in zip(values, types, strict=True))
        bindings.append(Binding(literals, choice.weight))
    return bindings
