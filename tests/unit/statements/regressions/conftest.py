"""A statement that has run alike for two days, beside others that did too."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from celeriac.statements.regressions.hours import Hour
from celeriac.statements.regressions.policy import RegressionPolicy
from celeriac.statements.regressions.shift import Stretch, shifts
from celeriac.statements.regressions.usual import Norm, learn
from celeriac.statements.statement import Counters

POLICY = RegressionPolicy()
NOW = 500_000
"""Hours since 1970."""
BEGAN = datetime.fromtimestamp(NOW * 3600, UTC)
OTHERS = tuple(f"other{number}" for number in range(10))


def ran(calls=100, ms=10.0, blocks=50, rows=5, cv2=0.25, **more):
    """Return counters of so many calls of so many milliseconds, blocks and rows each."""
    counted = {"rows": rows * calls, "shared_hit_blocks": blocks * calls} | more
    return Counters(calls=calls, total_ms=ms * calls, square_ms2=calls * ms**2 * (1 + cv2), **counted)


def wobble(number):
    """A few per cent up and down, the same in every run of the test."""
    return 1 + 0.05 * math.sin(number * 2.3)


def history(hours=range(NOW - 36, NOW), calls=1200, ms=10.0, **figures):
    return [Hour(one, 3600.0, ran(round(calls * wobble(one)), ms * wobble(one + 1), **figures)) for one in hours]


def norm_of(**statements):
    """Return what is usual, learnt from the given histories beside ten steady statements."""
    others = {name: history(ms=1.0) for name in OTHERS}
    return learn({**others, **statements}, NOW, POLICY)


def window(number=0, load=1.0, seconds=300.0, load_ms=None, **statements):
    """Return a window in which ten others ran as ever, `load` times as long, beside the given statements."""
    ran_too = {name: ran(100, load) for name in OTHERS} | statements
    began = BEGAN + timedelta(minutes=5 * number)
    total = sum(one.total_ms for one in ran_too.values()) if load_ms is None else load_ms
    return Stretch(number, began, began + timedelta(minutes=5), seconds, total, ran_too)


def shift_of(norm, load=1.0, **statements):
    (name,) = statements
    return shifts(window(load=load, **statements), norm)[name]


@pytest.fixture(scope="session")
def norm() -> Norm:
    return norm_of(jobs=history())
