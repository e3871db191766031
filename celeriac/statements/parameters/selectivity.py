"""How many rows a value selects, by the planner's own formulae, so that no EXPLAIN is needed to choose values.

Equality is `eqsel`: a common value's share, or the rest spread evenly over the values that are not common; ranges are
`scalarineqsel`: the histogram's share up to the value. Kept in step with src/backend/utils/adt/selfuncs.c.
"""

from celeriac.statements.catalog.tables import Column

DEFAULT_EQUAL = 0.005
DEFAULT_RANGE = 0.3333333333333333
DEFAULT_MATCH = 0.005


def distinct_values(column: Column, rows: float) -> float:
    """Return the number of distinct values; 0 where unknown."""
    return -column.distinct * rows if column.distinct < 0 else column.distinct


def common_share(column: Column, value: str) -> float | None:
    """Return the share of rows that hold a common value; None for any other."""
    try:
        return column.common_shares[column.common_values.index(value)]
    except (ValueError, IndexError):
        return None


def uncommon_share(column: Column, rows: float) -> float:
    """Return the share of rows that hold one value that is not common."""
    distinct = distinct_values(column, rows)
    others = distinct - len(column.common_values)
    left = max(0.0, 1.0 - sum(column.common_shares) - column.null_fraction)
    if distinct <= 0:
        return DEFAULT_EQUAL
    return left / others if others >= 1 else min(column.common_shares, default=left)


def equal(column: Column, value: str, rows: float) -> float:
    """Estimate the share of rows where the column equals the value."""
    share = common_share(column, value)
    return uncommon_share(column, rows) if share is None else share


def quantile(column: Column, fraction: float) -> str | None:
    """Return the value below which that fraction of the rows lies; None without statistics."""
    if len(column.histogram) > 1:
        place = fraction * (len(column.histogram) - 1)
        return column.histogram[round(place)]
    ordered = sorted(zip(column.common_values, column.common_shares, strict=False), key=lambda pair: order_key(pair[0]))
    total = sum(share for _, share in ordered)
    seen = 0.0
    for value, share in ordered:
        seen += share
        if seen >= fraction * total:
            return value
    return ordered[-1][0] if ordered else None


def order_key(value: str) -> tuple[float, str]:
    """Sort numbers as numbers and the rest as text (ISO moments sort as text)."""
    try:
        return float(value), ""
    except ValueError:
        return float("inf"), value
