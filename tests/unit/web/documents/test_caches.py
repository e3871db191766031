from datetime import UTC, datetime, timedelta

from celeriac.metrics.history import Point, Series
from web.documents.caches import HitRatePoint, hit_rate, overall

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def counter(outcome: str, *reached: float) -> Series:
    points = (Point(NOON + timedelta(minutes=n), at, at, at, at) for n, at in enumerate(reached))
    return Series("lookups", {"outcome": outcome}, tuple(points))


def test_counters_become_the_share_that_found_something():
    found = hit_rate([counter("hit", 10, 40, 40), counter("miss", 0, 10, 20)])
    assert [(point.hit_ratio, point.lookups) for point in found] == [(0.75, 40), (0.0, 10)]


def test_a_step_in_which_nobody_asked_has_no_rate():
    assert hit_rate([counter("hit", 5, 5), counter("miss", 1, 1)]) == ()


def test_a_counter_that_began_anew_takes_nothing_away():
    found = hit_rate([counter("hit", 100, 2, 12)])
    assert [(point.hit_ratio, point.lookups) for point in found] == [(1.0, 10)]


def test_a_hit_rate_weighs_each_step_by_what_was_asked_in_it():
    assert overall([HitRatePoint(NOON, 1.0, 90), HitRatePoint(NOON, 0.0, 10)]) == 0.9


def test_where_nobody_asked_there_is_no_hit_rate():
    assert overall(()) is None
