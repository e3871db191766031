"""Under which tags an answer is kept: one for each table that it reads, as narrow as its parameters make it.

A query that asks for `user_id = $1` does not change when another user's rows do. So the tag names the value, and who
writes a row drops the entries of that row's user alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from celeriac.cache.advise.facts import Name
from celeriac.cache.advise.values import Combination, of_column
from celeriac.cache.advise.writes import Roots, Write, Writes, root
from celeriac.statements.catalog.tables import Catalog, Table
from celeriac.statements.parsed import ColumnUse, ParameterUse, ParsedStatement

_SPELT_ONE_WAY = frozenset({"bigint", "integer", "smallint", "text", "character varying", "uuid", "date", "boolean"})
"""Types whose equal values have equal texts: reader and writer must name one tag. Not citext, numeric or timestamps."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What one table's writes drop."""

    table: Name
    shown: frozenset[str]
    """Columns whose change the answer can show."""
    column: str | None = None
    """None: any write to the table drops it."""
    parameter: int | None = None
    unique: bool = False
    """A new row bears a value that no entry was made for."""

    def whole(self) -> "Tag":
        """Return the tag of the whole table instead."""
        return Tag(self.table, self.shown)


def tags_of(parsed: ParsedStatement, catalog: Catalog, roots: Roots) -> tuple[Tag, ...]:
    """Return the narrowest tag of each table that a query reads."""
    fixed = _fixed(parsed)
    found: dict[tuple[Name, str | None, int | None], Tag] = {}
    for place, relation in enumerate(parsed.relations):
        table = catalog.tables.get((relation.schema, relation.table))
        tag = _narrowest(
            Tag(root(relation, roots), frozenset(use.column for use in relation.uses)), fixed.get(place, {}), table
        )
        known = found.get((tag.table, tag.column, tag.parameter))
        if known is not None:
            tag = Tag(tag.table, known.shown | tag.shown, tag.column, tag.parameter, tag.unique)
        found[tag.table, tag.column, tag.parameter] = tag
    whole = {tag.table for tag in found.values() if tag.column is None}
    return tuple(tag for tag in found.values() if tag.column is None or tag.table not in whole)


def changes_per_hour(tag: Tag, writes: Writes, unseen: Mapping[Name, float], combination: Combination) -> float:
    """Return how often an entry of these keys is dropped by the writes to one table."""
    others = unseen.get(tag.table, 0.0)
    relevant = relevant_writes(tag, writes)
    if tag.column is None:
        return sum(write.calls_per_hour for write in relevant) + others
    share = dict(combination.of_one).get(tag.parameter or 0, 1.0)
    # A new row with a unique value drops no entry but that of who asked before it was there.
    events = (_events(write, tag.column) for write in relevant if not (tag.unique and write.only_adds))
    return share * (sum(events) + others)


def relevant_writes(tag: Tag, writes: Writes) -> Iterator[Write]:
    """Yield the writes that can change what an entry under the tag shows."""
    for write in writes.get(tag.table, ()):
        if write.touches(tag.shown):
            yield write


def _events(write: Write, column: str) -> float:
    """Count drops: one a statement where it names the value, else one a row."""
    return write.calls_per_hour if column in write.known and write.kind != "insert" else write.rows_per_hour


def _fixed(parsed: ParsedStatement) -> dict[int, dict[str, int]]:
    """Return the columns that equal a parameter in every row that matters, by relation; equal joins pass them on.

    Only where the parameter itself stands counts: the uses of a relation also tell what a sub-query demands of it.
    """
    fixed: dict[int, dict[str, int]] = {}
    for met in parsed.parameter_uses:
        if met.relation is None or met.column is None or not met.direct:
            continue
        if any(_fixes(use, met) for use in parsed.relations[met.relation].uses):
            fixed.setdefault(met.relation, {}).setdefault(met.column, met.number)
    # What LATERAL demands of the rows around it, it need not be joined to.
    grown = "lateral" not in parsed.text.lower()
    while grown:
        grown = False
        for place, column, parameter in [*_inherited(parsed, fixed)]:
            if column not in fixed.setdefault(place, {}):
                fixed[place][column] = parameter
                grown = True
    return fixed


def _fixes(use: ColumnUse, met: ParameterUse) -> bool:
    bare = use.clause == "equality" and use.operator == "=" and use.conjunct and not use.is_expression
    return bare and (use.column, use.parameter) == (met.column, met.number)


def _inherited(parsed: ParsedStatement, fixed: Mapping[int, Mapping[str, int]]) -> Iterator[tuple[int, str, int]]:
    for place, relation in enumerate(parsed.relations):
        for use in relation.uses:
            if use.clause != "join" or use.operator != "=" or not use.conjunct or use.partner is None:
                continue
            other, column = use.partner
            # What holds within a sub-query need not hold around it; what holds around it does hold within.
            if parsed.relations[other].level <= relation.level and column in fixed.get(other, {}):
                yield place, use.column, fixed[other][column]


def _narrowest(whole: Tag, fixed: Mapping[str, int], table: Table | None) -> Tag:
    """Return the tag of the fixed column with most values, that of the whole table where there is none."""
    best, most = whole, 1.0
    for column, parameter in fixed.items():
        known = table.column(column) if table is not None else None
        if table is None or known is None or known.type.partition("(")[0] not in _SPELT_ONE_WAY:
            continue
        distinct = sum(values.count for values in of_column(known, table))
        if distinct > most:
            unique = any(index.unique and index.key == (column,) and index.where is None for index in table.indexes)
            best, most = Tag(whole.table, whole.shown, column, parameter, unique), distinct
    return best
