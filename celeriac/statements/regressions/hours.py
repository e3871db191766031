"""Which hours compare with the present one: the same of earlier weeks, else of earlier days, else the latest; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.statement import Counters

Basis = Literal["hour of week", "hour of day", "recent hours"]

HOURS_OF_WEEK = 168
_NEAR = 2
"""Hours on either side of the same hour of another day that count as the same: twelve cells would be too few."""
_DAYS = 7
_LATEST = 6
"""Hours just past, which count beside the same hours of other days."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One statement in one hour."""

    number: int
    """Hours since 1970, UTC."""
    seconds: float
    """How much of it was captured."""
    counters: Counters
    time_flutter: float = 0.0
    """Standard deviation, in logarithms, of its windows' mean times, beyond chance and the load of all."""
    calls_flutter: float = 0.0
    """The same of its windows' calls."""


def wanted_hours(now: int, policy: RegressionPolicy) -> tuple[int, ...]:
    """Return the hours that a judgement in hour `now` rests on: recent ones, and the same of earlier weeks.

    >>> hours = wanted_hours(1000, RegressionPolicy())
    >>> [age for age in (0, 1, 24, 100, 168) if 1000 - age in hours]
    [1, 24, 168]
    """
    recent = range(now - policy.recent_hours, now)
    near = range(-_NEAR, _NEAR + 1)
    weekly = (now - week * HOURS_OF_WEEK + off for week in range(1, policy.weeks + 1) for off in near)
    daily = (now - day * 24 + off for day in range(1, _DAYS + 1) for off in near)
    return tuple(sorted({*recent, *weekly, *(one for one in daily if one < now)}))


def comparable(hours: Sequence[Hour], now: int, policy: RegressionPolicy) -> tuple[Basis, list[Hour]]:
    """Take the same hour of the week where enough weeks know it, else the hours just past."""
    same = [hour for hour in hours if now - hour.number > HOURS_OF_WEEK // 2 and _is_near(now - hour.number)]
    weeks = {round((now - hour.number) / HOURS_OF_WEEK) for hour in same}
    if len(weeks) >= policy.min_weeks and len(same) >= policy.min_hours:
        return "hour of week", same
    daily = [hour for hour in hours if _is_daily(now - hour.number)]
    if len(daily) >= policy.min_hours and any(now - hour.number > 20 for hour in daily):
        return "hour of day", daily
    return "recent hours", [hour for hour in hours if now - hour.number <= policy.recent_hours]


def _is_near(age: int) -> bool:
    return (age + _NEAR) % HOURS_OF_WEEK <= 2 * _NEAR


def _is_daily(age: int) -> bool:
    return age <= _LATEST or (age <= 24 * _DAYS + _NEAR and (age + _NEAR) % 24 <= 2 * _NEAR)
