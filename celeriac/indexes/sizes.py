"""How large an index will be once built: what HypoPG does not know is deduplication, and it errs up to fourfold.

B-tree (nbtree/README, nbtdedup.c): a leaf is filled to 90 %; equal keys share a posting list of 6 bytes a row, cut at
about a tenth of a page; included columns and types whose equal values may look different are never deduplicated.
"""

import math
from collections.abc import Callable
from functools import lru_cache

from celeriac.indexes.candidates.scope import base_type, distinct_values
from celeriac.indexes.index import IndexDefinition
from celeriac.statements.catalog.tables import Column, Table

JointDistinct = Callable[[tuple[str, ...]], float]
"""The number of distinct combinations of several columns."""

_LEAF_FILL = 0.90
_PAGE_OVERHEAD = 40
_ITEM_POINTER = 4
_ENTRY_HEADER = 8
_TID = 6
_MAX_POSTING_SHARE = 0.1
_INNER_SHARE = 1.004
"""Inner pages, of 300 entries and more each."""
_DEFAULT_WIDTH = 16
_UNKNOWN_WIDTH = 8
"""Of an expression: a date, a number or a short text as a rule."""
_ALIGNMENT = {"bigint": 8, "timestamp with time zone": 8, "timestamp without time zone": 8, "double precision": 8}
_ALIGNMENT |= {"integer": 4, "date": 4, "real": 4, "oid": 4, "smallint": 2, "boolean": 1, "uuid": 1}
_NOT_DEDUPLICATED = ("numeric", "double precision", "real", "jsonb", "interval")

_GIN_KEYS_A_ROW = {"gin_trgm_ops": 1.0, "jsonb_path_ops": 0.2, None: 0.2}
"""Per byte of the column: a trigram begins at each character, a jsonb document holds a key each five bytes or so."""
_GIN_BYTES_A_KEY = 2.5
"""Item pointers in posting trees are compressed to one to three bytes each."""
_BRIN_PAGES_A_RANGE = 128


def estimate_bytes(
    definition: IndexDefinition,
    table: Table,
    *,
    block_size: int = 8192,
    rows_share: float = 1.0,
    joint_distinct: JointDistinct | None = None,
    deduplicated: bool = True,
) -> int:
    """Estimate the size of a freshly built index; `rows_share` is what a partial index's predicate leaves.

    `deduplicated=False` leaves deduplication out, as HypoPG does.
    """
    rows = max(1.0, table.rows * rows_share)
    if definition.method == "brin":
        return _brin_bytes(definition, table, block_size)
    if definition.method in ("gin", "gist"):
        return _inverted_bytes(definition, table, rows, block_size)
    entry = _entry_bytes((*definition.columns, *definition.include), table)
    if not deduplicated or definition.include or not _deduplicates(definition, table):
        return _pages_bytes(rows * (entry + _ITEM_POINTER), entry, block_size)
    total = sum(
        _bytes_of_key(entry, count, block_size) * keys
        for keys, count in _groups(definition, table, rows, joint_distinct)
    )
    return _pages_bytes(total, entry, block_size)


def guessed_joint_distinct(table: Table, columns: tuple[str, ...]) -> float:
    """Guess the number of distinct combinations as the planner does: the product, but at most a tenth of the rows.

    That bound does not hold under the largest of the columns' own. (selfuncs.c, estimate_num_groups)
    """
    counts = [_distinct(table, name) for name in columns]
    if len(counts) == 1:
        return min(counts[0], table.rows)
    return min(math.prod(counts), max(table.rows * 0.1, *counts), max(table.rows, 1.0))


def _groups(
    definition: IndexDefinition, table: Table, rows: float, joint_distinct: JointDistinct | None
) -> list[tuple[float, float]]:
    """List (number of keys, rows of each): common values of a single column apart from the rest."""
    columns = definition.columns
    if len(columns) > 1:
        distinct = joint_distinct(columns) if joint_distinct else guessed_joint_distinct(table, columns)
        return [(min(distinct, rows), rows / min(distinct, rows))]
    column = table.column(columns[0])
    distinct = min(joint_distinct(columns) if joint_distinct else _distinct(table, columns[0]), rows)
    shares = list(column.common_shares) if column is not None else []
    if column is not None and column.null_fraction > 0:
        shares.append(column.null_fraction)
    groups = [(1.0, rows * share) for share in shares if share > 0]
    rest_rows, rest_keys = rows * max(0.0, 1 - sum(shares)), distinct - len(groups)
    if rest_rows >= 1 and rest_keys >= 1:
        groups.append((rest_keys, rest_rows / rest_keys))
    elif rest_rows >= 1:
        groups.append((1.0, rest_rows))
    return groups


@lru_cache(maxsize=4096)  # the same columns come up in many candidates
def _bytes_of_key(entry: int, count: float, block_size: int) -> float:
    """Return the leaf bytes that one key with `count` rows takes, averaged where counts vary around it."""
    if count > 50:
        return _posting_bytes(entry, count, block_size)
    if count <= 1:
        return entry + _ITEM_POINTER
    # Rows fall on keys at random (Poisson); a key that is known has at least one row.
    rate = _rate_of_truncated_poisson(count)
    shares = [math.exp(-rate) * rate**k / math.factorial(k) for k in range(1, int(rate * 2 + 12))]
    size = sum(share * _posting_bytes(entry, k, block_size) for k, share in enumerate(shares, start=1))
    return size / sum(shares)


def _rate_of_truncated_poisson(mean: float) -> float:
    """Solve rate / (1 - exp(-rate)) = mean for a mean above 1, by fixed-point iteration.

    >>> round(_rate_of_truncated_poisson(4.0), 2)
    3.92
    """
    rate = mean
    for _ in range(50):
        rate = mean * (1 - math.exp(-rate))
    return rate


def _posting_bytes(entry: int, count: float, block_size: int) -> float:
    if count < 2:
        return (entry + _ITEM_POINTER) * count
    limit = _aligned(int(block_size * _MAX_POSTING_SHARE) - 8) - _ITEM_POINTER
    per_list = max(1, (limit - entry) // _TID)
    full, rest = divmod(count, per_list)
    size = full * (_aligned(entry + per_list * _TID) + _ITEM_POINTER)
    if rest >= 2:
        size += _aligned(entry + math.ceil(rest) * _TID) + _ITEM_POINTER
    elif rest >= 1:
        size += entry + _ITEM_POINTER
    return size


def _entry_bytes(names: tuple[str, ...], table: Table) -> int:
    """Return the bytes of one entry: header, null bitmap where a column holds nulls, columns in order, aligned."""
    columns = [table.column(name) for name in names]
    offset = 0
    for column in columns:
        kind = base_type(column.type) if column is not None else ""
        width = (column.average_width if column is not None else 0) or _UNKNOWN_WIDTH
        # The average of numerics of a few digits lies below what most of them take.
        width += kind == "numeric"
        alignment = _ALIGNMENT.get(kind, 1)
        offset = -(-offset // alignment) * alignment + width
    return _ENTRY_HEADER + _aligned(offset)


def _deduplicates(definition: IndexDefinition, table: Table) -> bool:
    for part in definition.key:
        column = table.column(part.name)
        if column is not None and (base_type(column.type) in _NOT_DEDUPLICATED or column.type.endswith("[]")):
            return False
    return True


def _distinct(table: Table, name: str) -> float:
    column = table.column(name)
    return distinct_values(column, table.rows) if column is not None else max(1.0, table.rows)


def _pages_bytes(leaf_bytes: float, entry: int, block_size: int) -> int:
    usable = (block_size - _PAGE_OVERHEAD) * _LEAF_FILL - entry / 2
    leaves = max(1, math.ceil(leaf_bytes / usable))
    pages = 1 + leaves + (math.ceil(leaves * (_INNER_SHARE - 1)) if leaves > 1 else 0)
    return pages * block_size


def _inverted_bytes(definition: IndexDefinition, table: Table, rows: float, block_size: int) -> int:
    size = 0.0
    for part in definition.key:
        column: Column | None = table.column(part.name)
        width = (column.average_width if column is not None else 0) or _DEFAULT_WIDTH
        keys = max(1.0, width * _GIN_KEYS_A_ROW.get(part.opclass, 0.2))
        size += rows * keys * _GIN_BYTES_A_KEY
    return (2 + math.ceil(size / block_size)) * block_size


def _brin_bytes(definition: IndexDefinition, table: Table, block_size: int) -> int:
    ranges = math.ceil(table.pages / _BRIN_PAGES_A_RANGE)
    entry = 24 + 2 * _entry_bytes(definition.columns, table)
    return (3 + math.ceil(ranges * entry / block_size)) * block_size


def _aligned(size: int) -> int:
    """Round up to a multiple of 8."""
    return -(-size // 8) * 8
