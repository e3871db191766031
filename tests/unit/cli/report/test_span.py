"""How far back a report looks is written as people write it."""

import pytest

from celeriac.cli.report.span import SpanWrong, parse, spans


@pytest.mark.parametrize("given", ["soon", "", "0d", "7", "d", "-1d", "1.5d", "400d", "9999999m", "1d; DROP TABLE"])
def test_what_is_no_span_is_refused_with_how_to_write_one(given):
    with pytest.raises(SpanWrong, match="write --since 1d, 7d, 12h or 90m"):
        parse(given)


@pytest.mark.parametrize(
    ("given", "seconds", "label"),
    [
        ("1d", 86_400, "last day"),
        ("7d", 604_800, "last week"),
        ("1w", 604_800, "last week"),
        ("2w", 1_209_600, "last 2 weeks"),
        ("12H", 43_200, "last 12 hours"),
        (" 90m ", 5_400, "last 90 minutes"),
        ("366d", 31_622_400, "last 366 days"),
    ],
)
def test_spans_are_named_as_people_say_them(given, seconds, label):
    span = parse(given)
    assert (span.seconds, span.label) == (seconds, label)


def test_the_day_and_the_week_are_shown_where_nothing_is_asked():
    assert [one.label for one in spans([])] == ["last day", "last week"]


def test_columns_come_in_order_and_each_once():
    assert [one.label for one in spans(["7d", "1h", "1w", "1h"])] == ["last hour", "last week"]
