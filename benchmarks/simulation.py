"""A workload that never existed: five weeks of 200 statements in windows of five minutes, as noisy as real ones.

Calls follow the day and the week and come in bursts; single calls are lognormal, some with a heavy tail; the load of
the machine moves all statements, each by its own measure, drifts from window to window and has short spells; each
statement has besides a cycle and a drift of its own.
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from celeriac.statements.regressions.hours import Hour
from celeriac.statements.regressions.shift import Stretch
from celeriac.statements.statement import Counters

WINDOW_S = 300
WINDOW = timedelta(seconds=WINDOW_S)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PER_HOUR = 3600 // WINDOW_S
PER_DAY = 24 * PER_HOUR
Array = Any


@dataclass(slots=True)
class Workload:
    """Counters by statement and window; every array has that shape."""

    calls: Array
    total_ms: Array
    square_ms2: Array
    rows: Array
    blocks: Array

    @property
    def names(self) -> list[str]:
        """Return the statements' names, in the arrays' order."""
        return [f"s{number:04}" for number in range(self.calls.shape[0])]

    def stretch(self, window: int) -> Stretch:
        """Return one window as the judge reads it."""
        calls = self.calls[:, window].tolist()
        total = self.total_ms[:, window].tolist()
        square = self.square_ms2[:, window].tolist()
        rows, blocks = self.rows[:, window].tolist(), self.blocks[:, window].tolist()
        counted = zip(self.names, calls, total, square, rows, blocks, strict=True)
        return Stretch(
            window, EPOCH + window * WINDOW, EPOCH + (window + 1) * WINDOW, WINDOW_S, sum(total),
            {name: Counters(c, t, q, r, b) for name, c, t, q, r, b in counted if c},
        )  # fmt: skip

    def hours(self, numbers: list[int]) -> dict[str, list[Hour]]:
        """Fold windows into hours, as the ledger does (`fold_hours.sql`)."""
        found: dict[str, list[Hour]] = {name: [] for name in self.names}
        for number in numbers:
            of = slice(number * PER_HOUR, (number + 1) * PER_HOUR)
            sums = [array[:, of].sum(axis=1) for array in (self.calls, self.total_ms, self.square_ms2, self.rows)]
            blocks = self.blocks[:, of].sum(axis=1)
            time, calls = self._flutter(of)
            for place, name in enumerate(self.names):
                c, t, q, r = (one[place] for one in sums)
                if c:
                    counters = Counters(int(c), float(t), float(q), int(r), int(blocks[place]))
                    found[name].append(Hour(number, 3600.0, counters, float(time[place]), float(calls[place])))
        return found

    def hour(self, number: int) -> Stretch:
        """Return an hour as the judge of rare statements reads it."""
        of = slice(number * PER_HOUR, (number + 1) * PER_HOUR)
        arrays = (self.calls, self.total_ms, self.square_ms2, self.rows, self.blocks)
        sums = [array[:, of].sum(axis=1).tolist() for array in arrays]
        counted = zip(self.names, *sums, strict=True)
        statements = {name: Counters(c, t, q, r, b) for name, c, t, q, r, b in counted if c}
        began = EPOCH + number * PER_HOUR * WINDOW
        ended = began + PER_HOUR * WINDOW
        return Stretch(number, began, ended, 3600, sum(sums[1]), statements, hourly=True)

    def _flutter(self, of: slice) -> tuple[Array, Array]:
        calls = self.calls[:, of].astype(float)
        total, square = self.total_ms[:, of], self.square_ms2[:, of]
        ran = calls >= 5
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # statements that did not run in the hour
            time = np.where(ran, np.log(total / calls), np.nan)
            rate = np.where(calls > 0, np.log(calls), np.nan)
            cv2 = np.maximum(0.0, square.sum(1) * calls.sum(1) / total.sum(1) ** 2 - 1)
            return (
                _spread(time, cv2 * np.nanmean(np.where(ran, 1 / calls, np.nan), axis=1)),
                _spread(rate, np.nanmean(np.where(calls > 0, 1 / calls, np.nan), axis=1)),
            )


def _spread(values: Array, chance: Array) -> Array:
    enough = (~np.isnan(values)).sum(axis=1) >= 4
    residual = values - np.nanmedian(values, axis=1, keepdims=True)
    residual = residual - np.nanmedian(residual[enough], axis=0, keepdims=True)
    spread = 1.4826 * np.nanmedian(np.abs(residual), axis=1)
    return np.where(enough, np.sqrt(np.maximum(0.0, np.nan_to_num(spread) ** 2 - np.nan_to_num(chance))), 0.0)


def simulate(seed: int, *, statements: int = 200, weeks: int = 5) -> Workload:
    """Return one stationary workload."""
    rng = np.random.default_rng(seed)
    windows = weeks * 7 * PER_DAY
    instant = np.arange(windows) / PER_DAY
    own = (statements, 1)
    day = np.sin(2 * np.pi * instant)
    weekend = (instant % 7 >= 5).astype(float)
    # Load: a daily cycle, an hour's drift, and spells (a vacuum, a checkpoint, a backup) of up to half an hour.
    spells = np.convolve((rng.random(windows) < 1 / 72) * rng.exponential(0.3, windows), np.ones(4) / 2)[:windows]
    load = 0.12 * day + _drift(rng, (1, windows), 0.95, 0.12)[0] + spells
    felt = rng.uniform(0.5, 1.5, own) * load
    cycle = rng.uniform(0, 0.2, own) * np.sin(2 * np.pi * (instant + rng.random(own)))
    drift = _drift(rng, (statements, windows), 0.8, 1.0) * np.clip(rng.lognormal(np.log(0.06), 0.6, own), 0.02, 0.25)
    mean_ms = rng.lognormal(np.log(2), 1.5, own) * np.exp(felt + cycle + drift)
    rate = np.clip(rng.lognormal(np.log(60), 2.0, own), 0.3, 20_000)
    bursts = _drift(rng, (statements, windows), 0.9, 1.0) * rng.uniform(0.1, 0.5, own)
    expected = rate * np.exp(0.6 * day - 0.7 * weekend + bursts)
    dispersion = rng.uniform(2, 50, own)
    calls = rng.poisson(expected * rng.gamma(dispersion, 1 / dispersion, expected.shape))
    total, square = _times(rng, calls, mean_ms, rng.uniform(0.3, 1.6, own))
    rows = _per_call(rng, calls, rng.lognormal(np.log(5), 1.5, own), rng.uniform(0.0, 1.5, own))
    blocks = _per_call(rng, calls, rng.lognormal(np.log(30), 1.5, own), rng.uniform(0.05, 1.5, own))
    return Workload(calls, total, square, rows, blocks)


def _drift(rng: Any, shape: tuple[int, int], correlation: float, deviation: float) -> Array:
    """Return autocorrelated noise of some deviation, with the tails of Student's t (5 degrees)."""
    steps = rng.standard_t(5, shape) * np.sqrt(3 / 5) * np.sqrt(1 - correlation**2)
    noise = np.empty(shape)
    noise[:, 0] = steps[:, 0] / np.sqrt(1 - correlation**2)
    for window in range(1, shape[1]):
        noise[:, window] = correlation * noise[:, window - 1] + steps[:, window]
    return noise * deviation


def _times(rng: Any, calls: Array, mean_ms: Array, variation: Array) -> tuple[Array, Array]:
    """Return the sum of the calls' times and of their squares.

    Lognormal sums by Fenton and Wilkinson's moments; a third of the statements has one call in a thousand that waits
    up to hundreds of times as long (Pareto, 1.5).
    """
    n = np.maximum(calls, 1)
    cv2 = variation**2
    normal = rng.standard_normal(calls.shape)
    total = n * mean_ms * _lognormal(normal, cv2 / n)
    fourth = (1 + cv2) ** 4 - 1  # the squares of lognormal values are lognormal
    related = 0.9 * normal + np.sqrt(1 - 0.9**2) * rng.standard_normal(calls.shape)
    square = n * mean_ms**2 * (1 + cv2) * _lognormal(related, fourth / n)
    tailed = rng.random((calls.shape[0], 1)) < 1 / 3
    waits = rng.poisson(np.where(tailed, calls * 1e-3, 0))
    where = np.repeat(np.arange(calls.size), waits.ravel())
    long = mean_ms.ravel()[where] * 5 * np.minimum(1 + rng.pareto(1.5, where.size), 200)
    total += np.bincount(where, long, calls.size).reshape(calls.shape)
    square += np.bincount(where, long**2, calls.size).reshape(calls.shape)
    total, square = np.where(calls > 0, total, 0.0), np.where(calls > 0, square, 0.0)
    return total, np.maximum(square, total**2 / n)


def _lognormal(normal: Array, cv2: Array) -> Array:
    sigma2 = np.log1p(cv2)
    return np.exp(np.sqrt(sigma2) * normal - sigma2 / 2)


def _per_call(rng: Any, calls: Array, level: Array, variation: Array) -> Array:
    """Return a sum of counts over the calls, whose mean depends on the parameters alone."""
    n = np.maximum(calls, 1)
    mean = level * _lognormal(rng.standard_normal(calls.shape), variation**2 / n)
    return np.where(calls > 0, np.rint(n * mean), 0).astype(np.int64)
