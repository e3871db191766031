"""What the workload's own statements write, and which of it changes what a query shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from celeriac.cache.advise.facts import Name
from celeriac.statements.catalog.tables import Catalog
from celeriac.statements.parsed import ParsedStatement, RelationUse
from celeriac.statements.statement import Statement


@dataclass(frozen=True, slots=True)
class Write:
    """One statement's writes to one table."""

    statement: str
    kind: Literal["insert", "update", "delete"]
    columns: frozenset[str]
    """What an update sets."""
    known: frozenset[str]
    """Columns whose value the writer has at hand: it compares them with a parameter, or inserts them."""
    calls_per_hour: float
    rows_per_hour: float

    @property
    def only_adds(self) -> bool:
        """Whether it leaves every row as it is that was there before; an upsert does not."""
        return self.kind == "insert" and not self.columns

    def touches(self, shown: frozenset[str]) -> bool:
        """Return whether it can change what is shown of these columns: an update of others cannot."""
        return self.kind != "update" or not shown.isdisjoint(self.columns)


Writes = Mapping[Name, tuple[Write, ...]]
Roots = Mapping[Name, Name]


def writes_of(
    written: Iterable[tuple[ParsedStatement, Statement]], hours: float, catalog: Catalog, roots: Roots
) -> Writes:
    """Gather the workload's writes by table; those of a partition count for what it is a partition of."""
    found: defaultdict[Name, list[Write]] = defaultdict(list)
    for parsed, statement in written:
        for relation in parsed.relations:
            if relation.written is None:
                continue
            compared = {use.column for use in relation.uses if use.parameter is not None and use.operator == "="}
            table = catalog.tables.get((relation.schema, relation.table))
            inserted = {column.name for column in table.columns} if table and relation.written == "insert" else set()
            found[root(relation, roots)].append(
                Write(
                    statement=parsed.text,
                    # One may do all three, and only what it sets is told: it counts as an upsert.
                    kind="insert" if parsed.kind == "merge" else relation.written,
                    columns=frozenset(relation.updated_columns),
                    known=frozenset(compared | inserted),
                    calls_per_hour=statement.counters.calls / hours,
                    rows_per_hour=statement.counters.rows / hours,
                )
            )
    return {name: tuple(writes) for name, writes in found.items()}


def roots_of(catalog: Catalog) -> Roots:
    """Return the topmost table of each partition, by name."""
    by_oid = {table.oid: table for table in catalog.tables.values()}
    roots: dict[Name, Name] = {}
    for name, table in catalog.tables.items():
        top = table
        while top.parent_oid is not None and top.parent_oid in by_oid:
            top = by_oid[top.parent_oid]
        if top is not table:
            roots[name] = (top.schema, top.name)
    return roots


def root(relation: RelationUse, roots: Roots) -> Name:
    """Return the table that a relation is, or is a partition of."""
    name = (relation.schema, relation.table)
    return roots.get(name, name)
