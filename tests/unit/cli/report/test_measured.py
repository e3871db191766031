"""Courses are laid on one axis; counters that fall were reset and lose nothing but that step."""

from datetime import timedelta

import pytest

from celeriac.cli.report.measured import LINES_SHOWN, POINTS, hit_rates, levels, ratios
from celeriac.metrics.history import Latest, Point, Series
from tests.unit.cli.report.reports import NOW

SPAN = timedelta(hours=POINTS)
AXIS = (NOW - SPAN, NOW)


def series(values, **labels):
    points = [Point(AXIS[0] + timedelta(hours=n), v, v, v, v) for n, v in enumerate(values)]
    return Series("metric", labels, tuple(points))


def test_a_gauge_keeps_its_gaps():
    (line,) = levels([series([1.0, 2.0], state="active")], "state", AXIS)
    assert line.values[:3] == (1.0, 2.0, None)
    assert len(line.values) == POINTS


def test_points_of_one_step_are_averaged():
    wide = (AXIS[0], AXIS[0] + 2 * SPAN)
    (line,) = levels([series([1.0, 3.0], state="active")], "state", wide)
    assert line.values[0] == 2.0


def test_only_the_highest_lines_are_drawn():
    found = levels([series([float(n)], state=f"s{n}") for n in range(9)], "state", AXIS)
    assert [line.name for line in found] == ["s8", "s7", "s6", "s5"]
    assert len(found) == LINES_SHOWN


def test_a_ratio_is_of_what_was_added_in_a_step():
    blocks = (series([0.0, 90.0, 100.0], source="hit"), series([0.0, 10.0, 100.0], source="read"))
    (line,) = ratios(blocks, AXIS, "buffers", hit="hit", outcome="source")
    assert line.values[:4] == (None, 0.9, 0.1, None)


def test_a_counter_that_was_reset_is_no_negative_amount():
    blocks = (series([500.0, 3.0, 6.0], source="hit"), series([500.0, 0.0, 3.0], source="read"))
    (line,) = ratios(blocks, AXIS, "buffers", hit="hit", outcome="source")
    assert line.values[:3] == (None, None, 0.5)


def test_what_was_never_asked_has_no_ratio():
    assert ratios([series([5.0, 5.0], source="hit")], AXIS, "buffers", hit="hit", outcome="source") == ()


def test_a_namespace_that_was_never_asked_has_no_hit_rate():
    def lookups(namespace, outcome, value):
        return Latest("celeriac_cache_lookups_total", {"namespace": namespace, "outcome": outcome}, NOW, value)

    found = hit_rates([lookups("users", "hit", 9), lookups("users", "miss", 1), lookups("idle", "hit", 0)])
    assert found == {"users": pytest.approx(0.9)}
