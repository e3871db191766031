"""What is usual for a statement: the level of its figures per call and how much they vary, from its hours; pure.

Everything is in logarithms: a ratio of two counts the same upwards and downwards, and execution times are skewed. What
all statements have in common in an hour (the load of the machine) is taken out first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from celeriac.statements.regressions.hours import Basis, Hour, comparable
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.robust import common, deviation, median, upper_quartile
from celeriac.statements.statement import Counters

FEWEST_CONTROLS = 5
"""Fewer statements have nothing in common that could be told from chance."""
_FEWEST_CALLS = 3
"""In an hour; below that its mean is a single call's."""
_PRIOR_HOURS = 8.0
"""A spread from few hours is drawn towards that of all statements as if so many hours had said so."""
_SURGE = 0.3
"""Of a logarithm: by a third or more above the median; less is noise."""
_TWICE = 2
_FLOOR = 0.05
"""Nothing is steadier than 5 %: what looks so was measured too briefly."""


@dataclass(frozen=True, slots=True)
class Level:
    """The logarithm of a figure: its median, and the standard deviation of hours and of windows within an hour."""

    log: float
    spread: float
    flutter: float = 0.0

    def sigma(self, *, hourly: bool) -> float:
        """Return how far a window, or an hour, usually lies from the median."""
        return math.hypot(self.spread, 0.0 if hourly else self.flutter)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one statement at this time of the week."""

    basis: Basis
    hours: int
    calls: int
    """In these hours, on which everything rests."""
    time: Level
    """Of the mean time in ms, with the load of all statements taken out."""
    blocks: Level
    """Of blocks per call plus one."""
    rows: Level
    """Of rows per call plus one."""
    calls_per_hour: Level
    variation: float
    """Squared coefficient of variation of single calls."""
    read_ratio: float
    """Blocks that were not found in shared buffers, of all that were touched."""
    io_ms_per_call: float
    temp_blocks_per_call: float


@dataclass(frozen=True, slots=True)
class Norm:
    """What is usual at a time of the week: each statement, and how much the load of all of them varies."""

    statements: Mapping[str, Usual]
    load: Level = Level(0.0, 0.0)


def learn(hours: Mapping[str, Sequence[Hour]], now: int, policy: RegressionPolicy) -> Norm:
    """Learn from their hours what is usual for statements in hour `now`; those with too few are left out."""
    kept = {name: [hour for hour in of if hour.counters.calls >= _FEWEST_CALLS] for name, of in hours.items()}
    kept = {name: [hour for hour in of if hour.counters.total_ms > 0] for name, of in kept.items()}
    load = common({name: {one.number: _time(one) for one in of} for name, of in kept.items()}, FEWEST_CONTROLS)
    traffic = common({name: {one.number: _calls(one) for one in of} for name, of in kept.items()}, FEWEST_CONTROLS)
    chosen = {name: comparable(of, now, policy) for name, of in kept.items()}
    found = {
        name: _usual(basis, of, now, load, traffic)
        for name, (basis, of) in chosen.items()
        if len(of) >= policy.min_hours
    }
    factors = list(load.values())
    return Norm(_shrunk(found), _level(factors) if len(factors) >= policy.min_hours else Level(0.0, math.inf))


def _usual(
    basis: Basis, hours: Sequence[Hour], now: int, load: Mapping[int, float], traffic: Mapping[int, float]
) -> Usual:
    times = {hour.number: _time(hour) - load[hour.number] for hour in hours}
    calls = {hour.number: _calls(hour) - traffic[hour.number] for hour in hours}
    counters = [hour.counters for hour in hours]
    return Usual(
        basis=basis,
        hours=len(hours),
        calls=sum(one.calls for one in counters),
        time=_with_surge(_level(list(times.values()), [hour.time_flutter for hour in hours]), times, now),
        blocks=_level([math.log1p(one.blocks_per_call) for one in counters], floor=0.0),
        rows=_level([math.log1p(one.rows_per_call) for one in counters], floor=0.0),
        calls_per_hour=_with_surge(_level(list(calls.values()), [hour.calls_flutter for hour in hours]), calls, now),
        variation=upper_quartile([variation(one) for one in counters]),
        read_ratio=median(read_ratio(one) for one in counters),
        io_ms_per_call=median(one.io_ms / one.calls for one in counters),
        temp_blocks_per_call=median(one.temp_blocks / one.calls for one in counters),
    )


def _level(values: Sequence[float], flutters: Sequence[float] = (0.0,), floor: float = _FLOOR) -> Level:
    middle = median(values)
    return Level(middle, max(floor, deviation(values, middle)), median(flutters))


def _with_surge(level: Level, values: Mapping[int, float], now: int) -> Level:
    """Take what came twice at this very hour of other days as usual at it: a nightly batch is no news each night."""
    same = sorted(value for number, value in values.items() if (now - number) % 24 == 0)
    surge = same[-2] if len(same) >= _TWICE else level.log
    return replace(level, log=surge) if surge - level.log > _SURGE else level


def _shrunk(found: Mapping[str, Usual]) -> dict[str, Usual]:
    """Draw each spread towards the median spread: of twelve hours, one in a hundred looks half as lively as it is."""
    if not found:
        return {}
    times = median(one.time.spread for one in found.values())
    calls = median(one.calls_per_hour.spread for one in found.values())
    flutter = median(one.time.flutter for one in found.values())
    return {
        name: replace(
            one,
            time=_drawn(one.time, times, flutter, one.hours),
            calls_per_hour=_drawn(one.calls_per_hour, calls, one.calls_per_hour.flutter, one.hours),
        )
        for name, one in found.items()
    }


def _drawn(level: Level, spread: float, flutter: float, hours: int) -> Level:
    weight = _PRIOR_HOURS / (_PRIOR_HOURS + hours)
    return Level(level.log, _mix(level.spread, spread, weight), _mix(level.flutter, flutter, weight))


def _mix(own: float, others: float, weight: float) -> float:
    """Mix two deviations by their variances, never below the own one: the doubt is about too small ones only."""
    return max(own, math.sqrt((1 - weight) * own**2 + weight * others**2))


def _time(hour: Hour) -> float:
    return math.log(hour.counters.mean_ms)


def _calls(hour: Hour) -> float:
    return math.log(hour.counters.calls * 3600 / max(hour.seconds, 1.0))


def variation(counters: Counters) -> float:
    """Return the squared coefficient of variation of single calls' times, 0 below two calls."""
    return counters.variance_ms2 / counters.mean_ms**2 if counters.mean_ms > 0 else 0.0


def read_ratio(counters: Counters) -> float:
    """Return the share of blocks that were not found in shared buffers."""
    return counters.shared_read_blocks / counters.blocks if counters.blocks else 0.0
