"""The judge, who costs a set of indexes by the planner in a session of its own; and the peers' counting what-if."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import psycopg2.extensions


@dataclass(frozen=True, slots=True)
class Judgement:
    """A configuration re-costed independently of whoever proposed it."""

    relative_cost: float
    """Summed cost with the indexes ÷ without."""
    geometric_mean: float
    """Geometric mean over the queries of with ÷ without: no single query can win it."""
    size_bytes: int
    """By HypoPG."""


def judge(dsn: str, queries: Iterable[str], definitions: Iterable[str]) -> Judgement:
    """Cost every query with and without the hypothetical indexes, in a fresh session."""
    queries = list(queries)
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT hypopg_reset()")
            before = [cost(cursor, query) for query in queries]
            for definition in definitions:
                cursor.execute("SELECT hypopg_create_index(%s)", (definition,))
            cursor.execute("SELECT coalesce(sum(hypopg_relation_size(indexrelid)), 0)::bigint FROM hypopg()")
            (size,) = cursor.fetchone() or (0,)
            after = [cost(cursor, query) for query in queries]
    finally:
        connection.close()
    ratios = [math.log(with_ / without) for with_, without in zip(after, before, strict=True)]
    return Judgement(sum(after) / sum(before), math.exp(sum(ratios) / len(ratios)), int(size))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner answered: the top node's total cost, and the indexes it would read, in order."""

    cost: float
    indexes: tuple[str, ...]


def plan_of(cursor: psycopg2.extensions.cursor, query: str) -> Plan:
    """Plan a query without running it."""
    cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
    (answer,) = cursor.fetchone() or ([],)
    top = answer[0]["Plan"]
    return Plan(float(top["Total Cost"]), tuple(dict.fromkeys(_indexes(top))))


def cost(cursor: psycopg2.extensions.cursor, query: str) -> float:
    """Return the top node's total cost of a query."""
    return plan_of(cursor, query).cost


def _indexes(node: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _indexes(child)


Columns = tuple[str, ...]


@dataclass(slots=True)
class CountingWhatIf:
    """What-if costing as the published study has it: cached by query and the indexes that share a column with it."""

    cursor: psycopg2.extensions.cursor
    queries: Mapping[int, str]
    tables: Mapping[str, str]
    """Column name -> table; column names are unique in the schema."""
    explains: int = 0
    _offered: dict[Columns, int] = field(default_factory=dict)
    _sizes: dict[Columns, int] = field(default_factory=dict)
    _costs: dict[tuple[int, frozenset[Columns]], float] = field(default_factory=dict)
    _columns: dict[int, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._columns = {
            number: frozenset(name for name in self.tables if name in query) for number, query in self.queries.items()
        }

    @property
    def candidates(self) -> list[Columns]:
        """Every column that some query names, as an index of its own."""
        return [(name,) for name in self.tables if any(name in columns for columns in self._columns.values())]

    def workload_cost(self, indexes: Iterable[Columns]) -> float:
        """Return the summed cost of all queries under a configuration."""
        wanted = list(indexes)
        return sum(self._query_cost(number, wanted) for number in self.queries)

    def size(self, index: Columns) -> int:
        """Return HypoPG's size of an index, bytes."""
        if index not in self._sizes:
            self._offer({*self._offered, index})
        return self._sizes[index]

    def ddl(self, index: Columns) -> str:
        """Write the index as HypoPG takes it."""
        return f"CREATE INDEX ON {self.tables[index[0]]} ({', '.join(index)})"

    def _query_cost(self, number: int, indexes: list[Columns]) -> float:
        relevant = frozenset(index for index in indexes if not self._columns[number].isdisjoint(index))
        key = (number, relevant)
        if key not in self._costs:
            self._offer(set(indexes))
            self.explains += 1
            self._costs[key] = cost(self.cursor, self.queries[number])
        return self._costs[key]

    def _offer(self, indexes: set[Columns]) -> None:
        for index in self._offered.keys() - indexes:
            self.cursor.execute("SELECT hypopg_drop_index(%s)", (self._offered.pop(index),))
        for index in indexes - self._offered.keys():
            self.cursor.execute(
                "SELECT indexrelid, hypopg_relation_size(indexrelid) FROM hypopg_create_index(%s)", (self.ddl(index),)
            )
            oid, size = self.cursor.fetchone() or (0, 0)
            self._offered[index] = oid
            self._sizes[index] = int(size)
