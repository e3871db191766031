"""Figures are per hour that was captured, and shares are of everything."""

from celeriac.cli.report.workload import Load, Measured, add, describe, heaviest, hit_ratio

REST = Measured(calls=2, total_ms=100.0, hit=0, read=0)
STATEMENTS = {"a": Measured(10, 600.0, 90, 10), "b": Measured(1, 300.0, 0, 0)}
LOAD = Load(7_200.0, STATEMENTS, add(STATEMENTS.values(), REST))


def test_time_an_hour_counts_captured_hours_only():
    assert LOAD.figures(STATEMENTS["a"]).ms_per_hour == 300.0


def test_a_share_is_of_all_time_what_has_no_name_included():
    assert LOAD.figures(STATEMENTS["a"]).share_of_time == 0.6


def test_nothing_is_divided_by_nothing():
    empty = Load(0.0, {}, Measured(0, 0.0, 0, 0))
    figures = empty.figures(empty.whole)
    assert (figures.ms_per_hour, figures.mean_ms, figures.share_of_time, figures.hit_ratio) == (0.0, 0.0, 0.0, None)
    assert hit_ratio(empty.whole) is None


def test_what_is_heavy_in_any_span_is_shown_those_of_the_first_span_before():
    week = {"b": Measured(1, 900.0, 0, 0), "c": Measured(1, 800.0, 0, 0), "a": Measured(1, 1.0, 0, 0)}
    assert heaviest([LOAD, Load(1.0, week, REST)], 2) == ("a", "b", "c")


def test_a_statement_that_did_not_run_in_a_span_has_no_figures_there():
    other = Load(3_600.0, {}, REST)
    (found,) = describe([LOAD, other], {"a": ("app", "SELECT 1")}, ("a", "pruned"), {"a": (1.0,)})
    assert found.spans[0] is not None
    assert found.spans[1] is None
    assert found.course == (1.0,)
