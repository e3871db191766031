"""Medians and the spread around them, which one outlier in two cannot move far; pure.

P. J. Huber, Robust Statistics (1981); the median polish is J. W. Tukey's (Exploratory Data Analysis, 1977).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Column = TypeVar("Column", bound=Hashable)

MAD_SIGMAS = 1.4826
"""Of a normal distribution, the standard deviation by the median absolute deviation."""
_ROUNDS = 3


def median(values: Iterable[float]) -> float:
    """Return the middle value, the mean of the two middle ones of an even number; raises ValueError for none.

    >>> median([3, 1, 100]), median([1, 2])
    (3, 1.5)
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no median of nothing")
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def upper_quartile(values: Sequence[float]) -> float:
    """Return the value that a quarter of the values exceed.

    >>> upper_quartile([1, 2, 3, 4])
    4
    """
    return sorted(values)[min(len(values) - 1, 3 * len(values) // 4)]


def deviation(values: Sequence[float], middle: float) -> float:
    """Return the standard deviation as the median absolute deviation tells it.

    >>> round(deviation([1.0, 2.0, 3.0, 4.0, 500.0], 3.0), 4)
    1.4826
    """
    return MAD_SIGMAS * median(abs(value - middle) for value in values)


def common(cells: Mapping[str, Mapping[Column, float]], fewest: int) -> dict[Column, float]:
    """Return what all rows have in common in each column: how much it lies above the rows' own levels.

    A column that fewer than `fewest` rows know has nothing in common.

    >>> rows = {name: {"calm": level, "busy": level + 1} for name, level in (("a", 1), ("b", 5), ("c", 9))}
    >>> common(rows, fewest=3)
    {'calm': -0.5, 'busy': 0.5}
    """
    columns: dict[Column, list[tuple[str, float]]] = {}
    for name, row in cells.items():
        for column, value in row.items():
            columns.setdefault(column, []).append((name, value))
    factors = dict.fromkeys(columns, 0.0)
    for _ in range(_ROUNDS):
        levels = {
            name: median(value - factors[column] for column, value in row.items()) for name, row in cells.items() if row
        }
        factors = {
            column: median(value - levels[name] for name, value in known) if len(known) >= fewest else 0.0
            for column, known in columns.items()
        }
    return factors
