"""Lines show gaps as gaps, and axes fit what is drawn."""

from celeriac.cli.report.html.markup import write
from celeriac.cli.report.html.plots import bounds, course, pair, plot, sparkline
from tests.unit.cli.report.reports import plot as a_plot


def test_a_gap_of_one_step_is_bridged_and_a_longer_one_is_not():
    assert course((0.0, None, 1.0), 0.0, 1.0, 4.0, 6.0).count("M") == 1
    assert course((0.0, 0.0, None, None, 1.0), 0.0, 1.0, 4.0, 6.0).count("M") == 2


def test_a_value_that_stands_alone_is_a_dot():
    assert course((None, 1.0, None), 0.0, 1.0, 4.0, 6.0) == "M2,2h0"


def test_nothing_known_draws_nothing():
    assert course((None, None), 0.0, 1.0, 4.0, 6.0) == ""
    assert sparkline((None, None), "mean") is None
    assert pair(None, None, 5.0) is None


def test_a_plot_without_values_says_why():
    drawn = write(plot(a_plot(None, None)))
    assert "Nothing was recorded." in drawn
    assert "<svg" not in drawn


def test_a_plot_marks_when_changes_ended():
    drawn = write(plot(a_plot(1.0, 3.0)))
    assert "<title>change 7 kept, 2026-03-04 06:00 UTC</title>" in drawn
    assert 'd="M450,0V160"' in drawn
    assert "a change reached its end" in drawn


def test_a_plot_without_changes_has_no_key_for_them():
    assert "a change reached its end" not in write(plot(a_plot(1.0, 3.0, marks=())))


def test_an_axis_of_zeros_is_no_division_by_zero():
    assert bounds([0.0, 0.0], "sessions") == (0.0, 1.0)
    assert 'd="M0,24L120,24"' in write(sparkline((0.0, 0.0), "mean"))


def test_promise_and_measurement_are_drawn_to_one_scale():
    drawn = write(pair(100.0, 50.0, 100.0))
    assert 'width="120.0" class="promised"' in drawn
    assert 'width="60.0" class="measured"' in drawn
