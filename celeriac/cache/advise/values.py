"""Which values a parameter takes, and how often each: read off the statistics of the column it is compared with.

Readers ask for what is there: where a tenth of the jobs belong to one user, a tenth of the calls are taken to be about
that user. A unique column tells nothing of the sort; there all values are taken as equally wanted, which is the least
favourable to a cache.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from celeriac.statements.catalog.tables import Column, Table

MOST_GROUPS = 200
"""More are joined with their likes."""
_WIDTHS = (1.3, 2.0, 4.0, 16.0, 256.0, 1e13)
"""Shares that differ by less than such a factor are alike; by the last all are."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one column that are equally frequent."""

    count: float
    share: float
    """Of the rows, and so of the calls, for all of them together."""


def of_column(column: Column, table: Table) -> tuple[Values, ...]:
    """Return the values of a column, the frequent ones apart from the rest.

    >>> of_column(Column("status", "text", distinct=3, common_values=("a",), common_shares=(0.9,)), _TABLE)
    (Values(count=1, share=0.9), Values(count=2, share=0.1))
    """
    rows = max(table.rows, 1.0)
    distinct = max(1.0, min(rows, _distinct(column, table, rows)))
    there = max(1 - column.null_fraction, 1e-9)
    common = [share / there for share in column.common_shares][: int(distinct)]
    left, rest = max(0.0, 1 - sum(common)), distinct - len(common)
    values = [Values(1, share) for share in common]
    if rest >= 1 and left > 0:
        values.append(Values(rest, round(left, 9)))
    total = sum(one.share for one in values)
    return (
        tuple(Values(one.count, round(one.share / total, 9)) for one in values) if total else (Values(distinct, 1.0),)
    )


def uniform(count: float) -> tuple[Values, ...]:
    """Return so many values, equally frequent."""
    return (Values(max(1.0, count), 1.0),)


@dataclass(frozen=True, slots=True)
class Combination:
    """Combinations of parameter values that are equally frequent."""

    keys: float
    share: float
    of_one: tuple[tuple[int, float], ...]
    """(parameter, share of the rows that hold the value which one of these keys has there)."""


def combine(parameters: Iterable[tuple[int, Sequence[Values]]]) -> tuple[Combination, ...]:
    """Return the combinations of several parameters' values, taken as independent of each other.

    >>> [one.keys for one in combine([(1, uniform(10)), (2, uniform(3))])]
    [30.0]
    """
    combined: tuple[Combination, ...] = (Combination(1.0, 1.0, ()),)
    for number, values in parameters:
        combined = _joined(
            Combination(
                one.keys * value.count, one.share * value.share, (*one.of_one, (number, value.share / value.count))
            )
            for one in combined
            for value in values
        )
    return combined


def _distinct(column: Column, table: Table, rows: float) -> float:
    if any(index.unique and index.key == (column.name,) and index.where is None for index in table.indexes):
        return rows
    if column.distinct == 0:  # never analysed
        return rows
    return column.distinct if column.distinct > 0 else -column.distinct * rows


def _joined(combinations: Iterable[Combination]) -> tuple[Combination, ...]:
    """Join what is nearly alike, as coarsely as it takes to keep the number of groups small."""
    found = tuple(combinations)
    for width in _WIDTHS:
        if len(found) <= MOST_GROUPS:
            break
        alike: defaultdict[tuple[int, ...], list[Combination]] = defaultdict(list)
        for one in found:
            shares = (one.share / one.keys, *(share for _, share in one.of_one))
            alike[tuple(_step(share, width) for share in shares)].append(one)
        found = tuple(_mean(group) for group in alike.values())
    return found


def _mean(group: Sequence[Combination]) -> Combination:
    keys = sum(one.keys for one in group)
    of_one = tuple(
        (number, sum(one.of_one[place][1] * one.keys for one in group) / keys)
        for place, (number, _) in enumerate(group[0].of_one)
    )
    return Combination(keys, sum(one.share for one in group), of_one)


def _step(share: float, width: float) -> int:
    return round(math.log(max(share, 1e-12), width))


_TABLE = Table(oid=1, schema="public", name="jobs", kind="r", rows=100.0, pages=1, columns=())
