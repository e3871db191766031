from datetime import UTC, datetime, timedelta
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.statements.statement import Counters, Statement, Window, fingerprint, merge, total

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(start: int, *statements: Statement, complete: bool = True, other: int = 0) -> Window:
    return Window("main", NOON + start * HOUR, NOON + (start + 1) * HOUR, statements, complete, Counters(calls=other))


def statement(name: str, calls: int, *query_ids: int) -> Statement:
    return Statement(name, "app", name, Counters(calls=calls, total_ms=2.0 * calls), query_ids)


def test_no_windows_cannot_be_merged():
    with pytest.raises(ValueError, match="no windows"):
        merge([])


def test_merging_adds_up_what_two_windows_saw():
    merged = merge(
        [window(0, statement("a", 2, 7), statement("b", 1), other=3), window(1, statement("a", 3, 8), other=4)]
    )

    assert merged.seconds == 7200
    assert {one.fingerprint: one.counters.calls for one in merged.statements} == {"a": 5, "b": 1}
    assert merged.by_fingerprint()["a"].query_ids == (7, 8)
    assert merged.other.calls == 7
    assert merged.complete


def test_one_incomplete_window_makes_the_whole_incomplete():
    assert not merge([window(0), window(1, complete=False)]).complete


def test_a_statement_that_never_ran_has_no_rates():
    idle = Counters()

    assert (idle.mean_ms, idle.variance_ms2, idle.blocks_per_call, idle.rows_per_call, idle.wal_bytes_per_call) == (
        0,
    ) * 5


def test_rates_are_per_call():
    counters = Counters(calls=4, total_ms=8, rows=12, shared_hit_blocks=6, shared_read_blocks=2, wal_bytes=400)

    assert counters.mean_ms == 2
    assert counters.rows_per_call == 3
    assert counters.blocks_per_call == 2
    assert counters.wal_bytes_per_call == 100


@given(st.lists(st.floats(0.001, 10_000), min_size=2, max_size=50))
def test_the_variance_follows_from_the_sum_of_squares(times: list[float]):
    counters = Counters(calls=len(times), total_ms=sum(times), square_ms2=sum(time * time for time in times))

    assert counters.variance_ms2 == pytest.approx(variance(times), rel=1e-6, abs=1e-6)
    assert counters.stddev_ms == pytest.approx(variance(times) ** 0.5, rel=1e-4, abs=1e-3)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_is_added_can_be_taken_away(one: int, other: int):
    a, b = Counters(calls=one, rows=other, wal_bytes=one), Counters(calls=other, shared_hit_blocks=one)

    assert a + b - b == a


def test_totals_are_sums():
    assert total((statement("a", 2), statement("b", 3))).calls == 5
    assert total(()) == Counters()


def test_the_same_text_of_two_roles_is_two_statements():
    assert fingerprint("app", "SELECT 1") != fingerprint("batch", "SELECT 1")
    assert len(fingerprint("app", "SELECT 1")) == 16
