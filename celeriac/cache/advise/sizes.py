"""How large an answer is as the cache keeps it, estimated from the statistics of the columns that it returns."""

from collections.abc import Iterable

from celeriac.cache.advise.policy import KIB
from celeriac.statements.catalog.tables import Catalog, Column
from celeriac.statements.parsed import ParsedStatement

ENTRY_BYTES = 250
"""Key, envelope, tags and what Redis keeps of each key."""
COMPRESS_ABOVE_BYTES = 4 * KIB
COMPRESSED_RATIO = 0.3
"""Rows as JSON repeat their names: zstd leaves a fifth to a third."""
_JSON_BYTES = {
    "bigint": 8,
    "integer": 6,
    "smallint": 4,
    "boolean": 5,
    "date": 12,
    "timestamp with time zone": 34,
    "timestamp without time zone": 28,
    "uuid": 38,
    "double precision": 18,
    "numeric": 12,
}
UNKEEPABLE = frozenset({"bytea", "oid", "xid", "tsvector", "point", "polygon", "interval"})
"""Types that come out of the driver as what JSON cannot say, or that nobody caches."""


def row_bytes(columns: Iterable[Column]) -> int:
    """Return the size of one row of these columns as JSON."""
    return max(16, sum(_bytes(column) + len(column.name) + 4 for column in columns))


def entry_bytes(rows_per_call: float, row: int) -> int:
    """Return what one entry takes in Redis.

    >>> entry_bytes(1, 100), entry_bytes(1000, 100)
    (350, 30250)
    """
    body = max(2.0, rows_per_call * row)
    return round(ENTRY_BYTES + body * (COMPRESSED_RATIO if body > COMPRESS_ABOVE_BYTES else 1.0))


def returned(parsed: ParsedStatement, catalog: Catalog) -> list[Column]:
    """Return the columns in the answer."""
    columns = []
    for relation in parsed.relations:
        table = catalog.tables.get((relation.schema, relation.table))
        for name in dict.fromkeys(use.column for use in relation.uses if use.clause == "returned"):
            column = table.column(name) if table is not None else None
            if column is not None:
                columns.append(column)
    return columns


def _bytes(column: Column) -> int:
    known = _JSON_BYTES.get(column.type.partition("(")[0])
    return known if known is not None else (column.average_width or 16) + 2
