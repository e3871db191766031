"""Which columns of a table the workload compares together, from the texts of its statements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from sqlalchemy import Connection, RowMapping

from celeriac import sql
from celeriac.statements.catalog.tables import Catalog, Column, Table
from celeriac.statements.parsed import NotUnderstood, ParsedStatement, RelationUse
from celeriac.statements.parsing import grammar, parse


@dataclass(frozen=True, slots=True)
class Weighed:
    """A statement's text, and all the time it took."""

    text: str
    total_ms: float


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two columns of a table that must hold together for every row of an answer."""

    schema: str
    table: str
    first: str
    second: str


def together(connection: Connection, statements: Sequence[Weighed]) -> tuple[Pair, ...]:
    """Return the pairs that statements compare with values, by the time of these statements, the dearest first."""
    named = sorted({name for one in statements for name in _tables(one.text)})
    catalog = _catalog(connection, named)
    spent: dict[Pair, float] = {}
    for statement in statements:
        parsed = parse(statement.text, catalog)
        for pair in set() if isinstance(parsed, NotUnderstood) else set(pairs(parsed)):
            spent[pair] = spent.get(pair, 0.0) + statement.total_ms
    return tuple(sorted(spent, key=lambda pair: (-spent[pair], pair)))


def pairs(statement: ParsedStatement) -> Iterator[Pair]:
    """Yield the pairs of one statement."""
    for relation in statement.relations:
        for first, second in combinations(sorted(_compared(relation)), 2):
            yield Pair(relation.schema, relation.table, first, second)


def _compared(relation: RelationUse) -> set[str]:
    return {use.column for use in relation.uses if use.clause == "equality" and use.conjunct and not use.is_expression}


def _tables(statement: str) -> Iterator[str]:
    parsed = grammar.read(statement)
    if not isinstance(parsed, NotUnderstood):
        yield from (body["relname"] for body in grammar.gather(parsed.tree)["RangeVar"])


def _catalog(connection: Connection, names: Sequence[str]) -> Catalog:
    """Read the few tables that are named: of thousands, the whole catalog would cost more than all checks."""
    rows = connection.execute(sql.load(__file__, "together"), {"names": list(names)}).mappings().all()
    tables = [_table(tuple(columns)) for _, columns in groupby(rows, key=lambda row: row["oid"])]
    path = tuple(rows[0]["search_path"]) if rows else ()
    return Catalog({(one.schema, one.name): one for one in tables}, {}, path, sql.server_version(connection))


def _table(rows: tuple[RowMapping, ...]) -> Table:
    columns = tuple(Column(row["column"], row["type"]) for row in rows)
    return Table(rows[0]["oid"], rows[0]["schema"], rows[0]["table"], rows[0]["kind"], 0, 0, columns)
