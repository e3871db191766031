"""How far one window of a statement lies from what is usual: ratios, and in how many standard deviations; pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from celeriac.statements.regressions.robust import median
from celeriac.statements.regressions.usual import FEWEST_CONTROLS, Norm, Usual, variation
from celeriac.statements.statement import Counters

_STEADY = 0.10
"""Blocks and rows per call that moved no more show a statement whose time tells of the load alone."""
_STEADY_ROWS = 0.25
_CONTROL_CALLS = 5
_WITNESS_FLOOR = 0.05
"""Of blocks and rows per call: what never moved is not known to be as steady as it looks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What ran in one window, or in one hour."""

    number: int
    """Windows, or hours, since 1970."""
    began: datetime
    ended: datetime
    """By the clock, whatever of it was captured."""
    seconds: float
    """How much of it was captured."""
    load_ms: float
    """Of all statements, those left out included."""
    statements: Mapping[str, Counters]
    hourly: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """One statement's window against what is usual; each ratio with its distance in standard deviations."""

    counters: Counters
    seconds: float
    time_ratio: float
    """With the load of all statements taken out."""
    time_sigmas: float
    without_longest_ratio: float
    """At least so much remains of the ratio without the longest call."""
    blocks_ratio: float
    blocks_sigmas: float
    rows_ratio: float
    rows_sigmas: float
    calls_ratio: float
    calls_sigmas: float
    load_ratio: float
    """What all statements have in common against their usual times."""
    share: float
    """Of the window's load."""

    @property
    def ms_per_hour(self) -> float:
        """What the statement takes."""
        return self.counters.total_ms * 3600 / self.seconds

    @property
    def slower_ms_per_hour(self) -> float:
        """What it takes more than the same calls usually would."""
        return self.ms_per_hour * (1 - 1 / self.time_ratio)

    @property
    def busier_ms_per_hour(self) -> float:
        """What its additional calls take."""
        return self.ms_per_hour * (1 - 1 / self.calls_ratio)


def shifts(stretch: Stretch, norm: Norm) -> dict[str, Shift]:
    """Compare every statement that has something usual to be compared with."""
    known = {
        name: (counters, norm.statements[name])
        for name, counters in stretch.statements.items()
        if name in norm.statements and counters.calls > 0 and counters.total_ms > 0
    }
    load = load_of(stretch, norm)
    traffic = _common([_calls(one, stretch) - usual.calls_per_hour.log for one, usual in known.values()])
    return {name: _shift(stretch, one, usual, load, traffic) for name, (one, usual) in known.items()}


def load_of(stretch: Stretch, norm: Norm) -> float:
    """Return the logarithm of what the times of all steady statements have in common against what is usual."""
    return _common(
        [
            math.log(one.mean_ms) - norm.statements[name].time.log
            for name, one in stretch.statements.items()
            if name in norm.statements and _is_control(one, norm.statements[name])
        ]
    )


def _shift(stretch: Stretch, one: Counters, usual: Usual, load: float, traffic: float) -> Shift:
    time = math.log(one.mean_ms) - usual.time.log - load
    calls = _calls(one, stretch) - usual.calls_per_hour.log - traffic
    blocks = math.log1p(one.blocks_per_call) - usual.blocks.log
    rows = math.log1p(one.rows_per_call) - usual.rows.log
    calls_sigma = math.hypot(usual.calls_per_hour.sigma(hourly=stretch.hourly), 1 / math.sqrt(one.calls))
    return Shift(
        counters=one,
        seconds=stretch.seconds,
        time_ratio=math.exp(time),
        time_sigmas=time / _time_sigma(one, usual, hourly=stretch.hourly),
        without_longest_ratio=math.exp(time) * _without_longest(one),
        blocks_ratio=math.exp(blocks),
        blocks_sigmas=blocks / _witness_sigma(usual.blocks.spread, one, usual),
        rows_ratio=math.exp(rows),
        rows_sigmas=rows / _witness_sigma(usual.rows.spread, one, usual),
        calls_ratio=math.exp(calls),
        calls_sigmas=calls / calls_sigma,
        load_ratio=math.exp(load),
        share=one.total_ms / stretch.load_ms if stretch.load_ms > 0 else 0.0,
    )


def _time_sigma(one: Counters, usual: Usual, *, hourly: bool) -> float:
    """Return the standard deviation of a log mean: of its level, and of a mean of so many calls (delta method)."""
    # What is usual is itself known only as well as its calls allow.
    chance = max(usual.variation, min(variation(one), 4 * usual.variation)) * (1 / one.calls + 1 / usual.calls)
    return math.sqrt(usual.time.sigma(hourly=hourly) ** 2 + chance)


def _witness_sigma(spread: float, one: Counters, usual: Usual) -> float:
    """Scale an hour's spread to a window's calls, as if all of it were chance: it is never taken for too small."""
    in_an_hour = usual.calls / usual.hours
    return max(_WITNESS_FLOOR, spread * max(1.0, math.sqrt(in_an_hour / one.calls)))


def _without_longest(one: Counters) -> float:
    """Return the least share of the mean that is left without the longest call.

    No call is longer than the root of the sum of squares, so one that waited for a lock cannot pass for all.
    """
    if one.calls < 2:
        return 0.0
    rest = max(0.0, one.total_ms - math.sqrt(one.square_ms2)) / (one.calls - 1)
    return rest / one.mean_ms


def _is_control(one: Counters, usual: Usual) -> bool:
    return (
        one.calls >= _CONTROL_CALLS
        and one.mean_ms > 0
        and abs(math.log1p(one.blocks_per_call) - usual.blocks.log) <= _STEADY
        and abs(math.log1p(one.rows_per_call) - usual.rows.log) <= _STEADY_ROWS
    )


def _calls(one: Counters, stretch: Stretch) -> float:
    return math.log(one.calls * 3600 / max(stretch.seconds, 1.0))


def _common(values: list[float]) -> float:
    return median(values) if len(values) >= FEWEST_CONTROLS else 0.0
