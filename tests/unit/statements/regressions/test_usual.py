import math

import pytest

from celeriac.statements.regressions.hours import HOURS_OF_WEEK, Hour
from celeriac.statements.regressions.usual import learn

from .conftest import NOW, OTHERS, POLICY, history, norm_of, ran

SAME_HOUR = [NOW - week * HOURS_OF_WEEK + near for week in (1, 2, 3, 4) for near in (-2, -1, 0, 1, 2)]


def level_ms(usual):
    return math.exp(usual.time.log)


def test_of_a_few_hours_nothing_is_learnt():
    assert "jobs" not in norm_of(jobs=history(range(NOW - 7, NOW))).statements


def test_single_calls_are_no_hour():
    assert "jobs" not in norm_of(jobs=history(calls=2)).statements


def test_one_odd_hour_moves_neither_level_nor_spread():
    steady = history()
    odd = [*steady[:-1], Hour(steady[-1].number, 3600.0, ran(1200, ms=900.0))]
    usual, other = (norm_of(jobs=of).statements["jobs"] for of in (steady, odd))
    assert level_ms(other) == pytest.approx(level_ms(usual), rel=0.02)
    assert other.time.spread == pytest.approx(usual.time.spread, rel=0.3)


def test_the_same_hour_of_earlier_weeks_counts_once_there_are_three():
    weekly = history(SAME_HOUR, ms=40.0)
    recent = history(range(NOW - 24, NOW), ms=10.0)
    usual = norm_of(jobs=[*weekly, *recent]).statements["jobs"]
    assert usual.basis == "hour of week"
    assert level_ms(usual) == pytest.approx(40, rel=0.1)


def test_two_weeks_cannot_tell_the_usual_one_from_the_odd_one():
    weekly = history(SAME_HOUR[:10], ms=40.0)
    usual = norm_of(jobs=[*weekly, *history(range(NOW - 24, NOW))]).statements["jobs"]
    assert usual.basis == "hour of day"
    assert level_ms(usual) == pytest.approx(10, rel=0.2)


def test_of_a_short_history_the_same_hour_of_yesterday_and_the_latest_count():
    busy_now = {NOW - 24 + off for off in range(-2, 3)} | {NOW - off for off in range(1, 7)}
    hours = [
        one for number in range(NOW - 30, NOW) for one in history([number], ms=30.0 if number in busy_now else 10.0)
    ]
    usual = norm_of(jobs=hours).statements["jobs"]
    assert usual.basis == "hour of day"
    assert level_ms(usual) == pytest.approx(30, rel=0.1)


def test_a_day_that_is_not_over_is_taken_as_it_is():
    assert norm_of(jobs=history(range(NOW - 12, NOW))).statements["jobs"].basis == "recent hours"


def test_what_slows_all_statements_in_an_hour_is_no_spread_of_one():
    loads = {number: 1.0 + (number % 5) / 2 for number in range(NOW - 36, NOW)}
    hours = {
        name: [Hour(number, 3600.0, ran(1200, ms=10 * load)) for number, load in loads.items()]
        for name in ("jobs", *OTHERS)
    }
    learnt = learn(hours, NOW, POLICY)
    assert learnt.statements["jobs"].time.spread == pytest.approx(0.05)
    assert learnt.load.spread > 0.3


def test_a_spread_from_few_hours_is_drawn_towards_that_of_the_others():
    def lively(place):
        times = {number: math.exp(0.3 * math.sin(1.7 * number + 4 * place)) for number in range(NOW - 36, NOW)}
        return [Hour(number, 3600.0, ran(1200, ms=ms)) for number, ms in times.items()]

    still = [Hour(number, 3600.0, ran(1200)) for number in range(NOW - 9, NOW)]
    learnt = learn({**{name: lively(place) for place, name in enumerate(OTHERS)}, "jobs": still}, NOW, POLICY)
    assert learnt.statements["jobs"].time.spread > 0.1


def nightly(nights):
    """Return eight days of hours with three times the calls and the time at this very hour of some of the days."""
    surges = {NOW - 24 * night for night in nights}
    return [
        hour
        for number in range(NOW - 8 * 24, NOW)
        for hour in history([number], **({"calls": 3600, "ms": 30.0} if number in surges else {}))
    ]


def test_a_batch_that_came_on_two_nights_is_usual_at_its_hour():
    usual = norm_of(jobs=nightly((1, 2))).statements["jobs"]
    assert level_ms(usual) == pytest.approx(30, rel=0.1)
    assert math.exp(usual.calls_per_hour.log) == pytest.approx(3600, rel=0.1)


def test_what_came_once_is_not_usual():
    assert level_ms(norm_of(jobs=nightly((1,))).statements["jobs"]) == pytest.approx(10, rel=0.1)
