"""Values worth asking the planner about, for the parameters that meet one column together.

Common values stand for the calls that ask for them: who asks for a row asks for its values, so a value comes up as
often as it is stored, unless the observed rows per call say otherwise (see `bindings`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.statements.catalog.tables import Column
from celeriac.statements.parameters import selectivity
from celeriac.statements.parameters.literals import array, base_type, default, fitted
from celeriac.statements.parsed import ParameterUse

RANGE_SHARES = (0.1, 0.01, 0.5)
"""Shares of the rows that a range takes, where nothing is known of it; most dashboards ask for a small recent part."""
_EACH_TRIED = 6
"""Common values that are each worth a question: of a status with few values the rare one is what is asked for."""
_PART_LENGTH = 6
"""Characters of what is looked for within a text: fewer fit too many values, and nobody types more."""
_LONGEST_START = 12
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
    """Choose values for =, IN and = ANY: each common one or two of many, and an uncommon one."""
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
    """Choose LIKE patterns and regular expressions that few known values fit; `both` may be prefixes or not."""
    inside, start = _rare_part(compared.column), _rare_start(compared.column)
    anchored: dict[int, str] = {}
    loose: dict[int, str] = {}
    for use in compared.uses:
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


def _rare_part(column: Column) -> str:
    """Return what one value holds and the fewest others do, without anything that a pattern gives a meaning to."""
    words = [word for value in _probed(column) for word in re.findall(r"\w+", value) if "_" not in word]
    parts = dict.fromkeys(
        word[first : first + _PART_LENGTH] for word in words for first in range(max(1, len(word) - _PART_LENGTH + 1))
    )
    known = (*column.common_values, *column.histogram)
    return min(
        parts, key=lambda part: (-min(len(part), _PART_LENGTH), sum(part in value for value in known)), default="abcdef"
    )


def _rare_start(column: Column) -> str:
    """Return the shortest beginning of a value in the middle that hardly another value has."""
    value = next(iter(_probed(column)), "abcdef")
    known = (*column.common_values, *column.histogram)
    starts = [value[:length] for length in range(3, min(len(value), _LONGEST_START) + 1)] or [value]
    few = (start for start in starts if sum(other.startswith(start) for other in known) <= len(known) / 100 + 1)
    return re.sub(r"([%_\\])", r"\\\1", next(few, starts[-1]))


def _probed(column: Column) -> list[str]:
    """Take values from the middle and both sides of it."""
    values = (selectivity.quantile(column, fraction) for fraction in (0.5, 0.25, 0.75))
    return [value for value in values if value]


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
    if len(common) <= _EACH_TRIED:
        starts.extend(enumerate(column.common_shares))
    else:
        starts.append((0, column.common_shares[0]))
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
