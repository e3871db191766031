"""Values worth asking the planner about, for the parameters that meet one column together.

Common values stand for the calls that ask for them: who asks for a row asks for its values, so a value comes up as
often as it is stored, unless the observed rows per call say otherwise (see `bindings`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.statements.catalog.tables import Column
from celeriac.statements.parameters import selectivity
from celeriac.statements.parameters.literals import array, base_type, default, fitted
from celeriac.statements.parsed import ParameterUse

RANGE_SHARES = (0.1, 0.01, 0.5)
"""Shares of the rows that a range takes, where nothing is known of it; most dashboards ask for a small recent part."""
_LIST_LENGTH = 3
"""Elements of an array whose length nobody knows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Values for some parameters, by their numbers."""

    values: dict[int, str]
    share: float
    """How common the choice is among the calls, relative to the other choices for the same parameters."""
    selectivity: float = 1.0
    """The share of the table's rows that the choice leaves."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The parameters that meet one column of one relation, with that column."""

    column: Column
    rows: float
    uses: tuple[ParameterUse, ...]
    types: tuple[str, ...]
    """Types of all the statement's parameters."""

    def type(self, number: int) -> str:
        """Return the type of $number."""
        return self.types[number - 1]


def equal_choices(compared: Compared) -> list[Choice]:
    """Choose values for =, IN and = ANY: the most common one, one of the other common ones, an uncommon one."""
    pool, starts = _pool(compared.column)
    choices = []
    for start, share in starts:
        picked = _Picker(pool, start)
        values: dict[int, str] = {}
        taken = 0.0
        for use in compared.uses:
            count = _LIST_LENGTH if use.operator in ("= ANY", "<> ALL") else 1
            wanted = picked.take(count) if use.direct else picked.take(1)
            value = _for_type(wanted, compared.type(use.number), compared.column)
            if value is not None:
                values[use.number] = value
                taken += sum(selectivity.equal(compared.column, v, compared.rows) for v in wanted)
        if values:
            choices.append(Choice(values, share, min(1.0, taken)))
    return choices


def range_choices(compared: Compared, share: float | None = None) -> list[Choice]:
    """Choose bounds that leave a share of the rows: the share asked for, or several usual ones."""
    low = [use for use in compared.uses if use.operator in (">", ">=")]
    high = [use for use in compared.uses if use.operator in ("<", "<=")]
    choices = []
    for wanted in (share,) if share is not None else RANGE_SHARES:
        bottom, top = _window(wanted, bool(low), bool(high))
        values = {**_bounds(compared, low, bottom), **_bounds(compared, high, top)}
        if values:
            choices.append(Choice(values, 1.0, wanted * (1 - compared.column.null_fraction)))
    return choices


def match_choices(compared: Compared, both: frozenset[int]) -> list[Choice]:
    """Choose LIKE patterns and regular expressions from a value in the middle; `both` may be prefixes or not."""
    word = selectivity.quantile(compared.column, 0.5) or "abcdef"
    anchored: dict[int, str] = {}
    loose: dict[int, str] = {}
    for use in compared.uses:
        inside, start = word[1:5] or word, word[:3]
        if not use.direct or use.operator not in ("~~", "~~*"):
            anchored[use.number] = loose[use.number] = start if use.clause == "prefix" else inside
        else:
            loose[use.number] = f"%{inside}%" if use.clause == "pattern" or use.number in both else f"{start}%"
            anchored[use.number] = f"{start}%" if use.clause == "prefix" else f"%{inside}%"
    choices = [Choice(anchored, 1.0, selectivity.DEFAULT_MATCH)]
    return choices if loose == anchored else [*choices, Choice(loose, 1.0, selectivity.DEFAULT_MATCH)]


def member_choices(compared: Compared) -> list[Choice]:
    """Choose what a document, an array or a search vector is asked to hold: an element that it is known to have."""
    elements = compared.column.common_elements
    values: dict[int, str] = {}
    for use in compared.uses:
        base = base_type(compared.type(use.number))
        if base == "tsquery":
            values[use.number] = "'" + elements[-1].replace("'", "''") + "'" if elements else "a"
        elif base == "jsonb":
            values[use.number] = '{"id": 1}'  # `@> {}` would ask for everything
        elif base.endswith("[]") and elements:
            values[use.number] = array(elements[:1])
    return [Choice(values, 1.0, selectivity.DEFAULT_MATCH)] if values else []


class _Picker:
    """Takes values from a list, from a place on and around its end."""

    def __init__(self, pool: Sequence[str], start: int) -> None:
        self.pool = pool
        self.next = start

    def take(self, count: int) -> tuple[str, ...]:
        taken = tuple(self.pool[(self.next + step) % len(self.pool)] for step in range(min(count, len(self.pool))))
        self.next += count
        return taken


def _pool(column: Column) -> tuple[tuple[str, ...], list[tuple[int, float]]]:
    """Return the known values, common ones first, and (place to start from, share of calls) of each choice."""
    common, bounds = column.common_values, column.histogram
    middle = bounds[len(bounds) // 2 :] + bounds[: len(bounds) // 2]
    pool = (*common, *middle)
    starts: list[tuple[int, float]] = []
    if common:
        starts.append((0, column.common_shares[0]))
    if len(common) > 1:
        starts.append((len(common) // 2, sum(column.common_shares[1:])))
    if middle:
        starts.append((len(common), max(0.0, 1 - sum(column.common_shares) - column.null_fraction)))
    return pool, starts


def _for_type(values: tuple[str, ...], type_name: str, column: Column) -> str | None:
    if not type_name.endswith("[]") or column.type.endswith("[]"):
        return fitted(values[0], type_name, column.type) if values else None
    items = tuple(item for value in values if (item := fitted(value, type_name[:-2], column.type)) is not None)
    return array(items) if items else None


def _window(share: float, has_low: bool, has_high: bool) -> tuple[float, float]:
    """Return the fractions of rows below the lower and the upper bound."""
    if has_low and has_high:
        return 0.5 - share / 2, 0.5 + share / 2
    return 1 - share, share


def _bounds(compared: Compared, uses: list[ParameterUse], fraction: float) -> dict[int, str]:
    """Put the bound into the first parameter of each side, and something small into what is added to it."""
    bound = selectivity.quantile(compared.column, fraction)
    values: dict[int, str] = {}
    placed = False
    for use in uses:
        type_name = compared.type(use.number)
        value = fitted(bound, type_name, compared.column.type) if bound is not None else None
        if use.direct or not placed:
            placed = placed or (value is not None and not use.direct)
        else:
            value = _step(compared.column, type_name)
        if value is not None:
            values[use.number] = value
    return values


def _step(column: Column, type_name: str) -> str | None:
    """Return a hundredth of a number column's range; elsewhere the type's default."""
    try:
        width = (float(column.histogram[-1]) - float(column.histogram[0])) / 100
    except (ValueError, IndexError):
        return default(type_name)
    return fitted(f"{width:.6f}", type_name, column.type)
