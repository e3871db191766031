from datetime import UTC, datetime, timedelta

import pytest

from celeriac.statements.regressions.lifecycle import Span, ending, goes_on

from .conftest import POLICY, ran, shift_of

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def span(cause="plan", age=timedelta(hours=1), seen=timedelta(0)):
    return Span(cause, BEGAN, BEGAN + age - seen), BEGAN + age


@pytest.fixture
def shifts(norm):
    return {ms: shift_of(norm, jobs=ran(ms=ms)) for ms in (10, 14, 20)}


@pytest.mark.parametrize(("now", "before", "how"), [(10, 10, "back"), (10, 14, None), (14, 10, None), (20, 20, None)])
def test_two_windows_as_usual_end_it(shifts, now, before, how):
    one, instant = span()
    assert ending(one, shifts[now], shifts[before], instant, POLICY) == how


def test_what_opens_no_regression_may_still_carry_one_on(shifts):
    one, _ = span()
    assert [goes_on(one, shifts[ms], POLICY) for ms in (10, 14, 20)] == [False, True, True]


def test_a_window_without_it_says_nothing(shifts):
    one, instant = span()
    assert ending(one, None, shifts[10], instant, POLICY) is None
    assert not goes_on(one, None, POLICY)


def test_after_a_week_it_is_what_is_usual_now(shifts):
    one, instant = span(age=POLICY.accept_after)
    assert ending(one, shifts[20], shifts[20], instant, POLICY) == "accepted"


def test_what_has_not_run_for_a_day_is_gone():
    one, instant = span(age=timedelta(days=2), seen=POLICY.gone_after)
    assert ending(one, None, None, instant, POLICY) == "gone"


def test_a_new_statement_is_known_after_a_day(shifts):
    assert ending(*span("new")[:1], shifts[20], shifts[20], BEGAN + timedelta(hours=1), POLICY) is None
    assert ending(*span("new")[:1], shifts[20], shifts[20], BEGAN + timedelta(days=1), POLICY) == "known"


def test_of_a_new_statement_nothing_earlier_can_be_compared(shifts):
    assert not goes_on(span("new")[0], shifts[20], POLICY)


def test_traffic_ends_with_the_calls_not_with_the_time(norm):
    one, instant = span("traffic")
    many, few = (shift_of(norm, jobs=ran(calls)) for calls in (1_000, 100))
    assert ending(one, many, many, instant, POLICY) is None
    assert ending(one, few, few, instant, POLICY) == "back"
