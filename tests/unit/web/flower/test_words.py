import doctest
import math
from datetime import UTC, datetime, timedelta

import pytest

from web.flower import plans, progress, refusals, sparkline, task_lines, tones, words


@pytest.mark.parametrize("module", [plans, progress, refusals, sparkline, task_lines, tones, words])
def test_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "write",
    [
        words.ms,
        words.seconds,
        words.size,
        words.count,
        words.share,
        words.per_hour,
        words.small,
        words.since,
        words.clock,
    ],
)
def test_what_is_not_known_is_a_dash(write):
    assert write(None) == words.NONE
    assert write(math.nan) == words.NONE if write not in (words.since, words.clock) else True


def test_very_small_and_very_large_figures_have_no_exponent_and_are_no_zero():
    assert words.ms(0.0001) == "< 0.001 ms"
    assert words.size(5 * 1024**5) == "5120 TiB"
    assert words.count(1e12) == "1,000,000,000,000"
    assert words.size(0) == "0 B"


def test_a_loss_keeps_its_sign():
    assert words.per_hour(-90_000) == "-1 min 30 s an hour"


def test_an_instant_is_told_as_people_do():
    now = datetime(2026, 1, 10, tzinfo=UTC)
    assert words.since(now - timedelta(seconds=1), now) == "just now"
    assert words.since(now - timedelta(seconds=40), now) == "40 s ago"
    assert words.since(now - timedelta(hours=30), now) == "30 h ago"
    assert words.since(now - timedelta(days=3), now) == "3 d ago"
    assert words.since(now + timedelta(minutes=5), now) == "in 5 min"


def test_an_instant_is_marked_up_with_what_it_is():
    shown = words.time("2026-01-02T03:04:05")
    assert 'datetime="2026-01-02T03:04:05+00:00" title="2026-01-02 03:04:05 UTC"' in shown
    assert words.time("no instant <b>") == words.NONE


def test_a_unique_index_of_another_schema_keeps_what_matters():
    ddl = 'CREATE UNIQUE INDEX CONCURRENTLY "i_1" ON ONLY "sales"."Order" USING gin ("tags")'
    assert words.index(ddl) == 'sales."Order" USING gin (tags)'


def test_a_statement_that_is_no_index_stays():
    assert words.index('DROP INDEX CONCURRENTLY "public"."i"') == "DROP INDEX CONCURRENTLY public.i"


def test_a_query_leaves_out_what_is_not_given():
    assert words.with_query("/x", {"a": None, "b": "", "c": "<&>"}) == "/x?c=%3C%26%3E"
