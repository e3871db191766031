from datetime import UTC, datetime, timedelta

import orjson

from web.flower.plots import Line, Mark, plot
from web.flower.sparkline import pair, sparkline

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(*minutes: float) -> list[datetime]:
    return [START + timedelta(minutes=one) for one in minutes]


def test_nothing_measured_is_no_plot():
    assert plot("Mean", [], [], step_s=60) is None


def test_a_pause_is_a_gap_and_not_a_line_across_it():
    made = plot("Mean", at(0, 1, 2, 30, 31), [Line("ms", "ms", (1.0, 2.0, 3.0, 4.0, 5.0))], step_s=60)
    assert made is not None
    assert made.series[0].values == (1.0, 2.0, 3.0, None, 4.0, 5.0)
    assert list(made.x) == sorted(made.x)
    assert len(made.x) == 6


def test_two_pauses_are_two_gaps():
    made = plot("Mean", at(0, 10, 20), [Line("ms", "ms", (1.0, 2.0, 3.0))], step_s=60)
    assert made is not None
    assert made.series[0].values == (1.0, None, 2.0, None, 3.0)


def test_only_what_happened_within_the_time_shown_is_marked():
    marks = [
        Mark(START.timestamp() + seconds, label) for seconds, label in ((-600, "old"), (30, "new"), (9_000, "late"))
    ]
    made = plot("Mean", at(0, 1), [Line("ms", "ms", (1.0, 2.0))], step_s=60, marks=marks)
    assert made is not None
    assert [mark.label for mark in made.marks] == ["new"]


def test_a_plot_is_told_in_words_to_whoever_does_not_see_it():
    made = plot(
        "Mean time", at(0, 1), [Line("Mean", "ms", (8.0, 2.0))], step_s=60, marks=[Mark(START.timestamp(), "change 3")]
    )
    assert made is not None
    assert made.summary == "Mean time. Mean: 8 ms at first, 2 ms at last, 8 ms at most. Marked: change 3."
    assert orjson.loads(made.json)["series"][0]["values"] == [8.0, 2.0]


def test_a_sparkline_has_gaps_and_a_lone_point():
    drawn = sparkline((1.0, 2.0, None, 3.0), "mean time")
    assert drawn.count("<polyline") == 1
    assert drawn.count("<circle") == 1
    assert 'aria-label="mean time"' in drawn


def test_a_sparkline_of_nothing_is_nothing():
    assert sparkline((None, None), "x") == ""
    assert sparkline((), "x") == ""
    assert "polyline" in sparkline((0.0, 0.0), "x")


def test_labels_cannot_leave_their_attribute():
    assert '"><script' not in sparkline((1.0,), '"><script>')
    assert '"><script' not in pair(1.0, 2.0, '"><script>', worse=True)


def test_bars_are_as_long_as_their_figures():
    drawn = pair(10.0, 2.5, "x", worse=False)
    assert 'class="opt-before" x="0" y="1" height="9" width="144.0"' in drawn
    assert 'class="opt-after" x="0" y="13" height="9" width="36.0"' in drawn
    assert 'width="1.0"' in pair(0.0, 5.0, "x", worse=True)
