"""A drop stands unless something gets measurably worse; then its index comes back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from celeriac.indexes.drop.asking import loss
from celeriac.indexes.drop.verdict import judge
from celeriac.indexes.policy import VerifyPolicy
from celeriac.indexes.verdict import Case, Verdict
from celeriac.statements.statement import Counters, Statement, Window

BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ran(name: str, calls: int, ms: float, blocks: float = 10, *, rows: float = 1, spread: float = 0.2) -> Statement:
    """A statement that took `ms` a call on average, with a standard deviation of `spread` times that."""
    counters = Counters(
        calls=calls,
        total_ms=calls * ms,
        square_ms2=calls * ms**2 + (calls - 1) * (spread * ms) ** 2,
        rows=int(calls * rows),
        shared_hit_blocks=int(calls * blocks),
    )
    return Statement(name, "app", name, counters)


def judged(before, after, *, lasting: timedelta = HOUR, elapsed: timedelta = HOUR, pages=None) -> Verdict:
    names = {one.fingerprint for one in (*before, *after) if not one.fingerprint.startswith("other")}
    case = Case(
        before=Window("main", BEGAN, BEGAN + HOUR, tuple(before)),
        after=Window("main", BEGAN, BEGAN + lasting, tuple(after)),
        touched={name: name.startswith("write") for name in names},
        elapsed_s=elapsed.total_seconds(),
        pages=pages,
    )
    return judge(case, VerifyPolicy())


def test_what_nobody_misses_stays_dropped():
    verdict = judged([ran("read", 1000, 2)], [ran("read", 1000, 2)])
    assert verdict.decision == "keep"
    assert verdict.reason == "none of 1 statements that touch the table got measurably worse without it"


def test_a_read_that_now_scans_brings_it_back_before_the_time_is_over():
    verdict = judged([ran("read", 1000, 0.1, 4)], [ran("read", 40, 20, 500)], lasting=timedelta(minutes=2))
    assert verdict.decision == "revert"
    assert "takes 200.0 times as long: 0.10 -> 20.00 ms and 4 -> 500 blocks a call" in verdict.reason
    assert verdict.saved_ms_per_hour < 0


def test_a_write_that_looks_its_rows_up_counts_as_much_as_a_read():
    verdict = judged([ran("write", 1000, 0.1, 4)], [ran("write", 100, 20, 500)])
    assert verdict.decision == "revert"


def test_a_few_slow_calls_are_enough_where_blocks_have_multiplied():
    assert judged([ran("read", 1000, 0.1, 4)], [ran("read", 6, 9_000, 90_000)]).decision == "revert"
    assert judged([ran("read", 1000, 1.0, 100)], [ran("read", 6, 2.0, 130)]).decision == "wait"


def test_slower_without_another_plan_is_somebody_elses_doing():
    assert judged([ran("read", 1000, 2)], [ran("read", 1000, 3)]).decision == "keep"


def test_more_rows_are_the_datas_doing():
    assert judged([ran("read", 1000, 2, 10)], [ran("read", 1000, 20, 100, rows=10)]).decision == "keep"


def test_a_statement_of_no_weight_does_not_bring_it_back():
    before = [ran("read", 1000, 2), ran("rare", 100, 0.001, 4)]
    after = [ran("read", 1000, 2), ran("rare", 100, 0.01, 9)]
    assert judged(before, after).decision == "keep"


def test_too_short_a_time_waits():
    verdict = judged([ran("read", 1000, 2)], [ran("read", 1000, 2)], lasting=timedelta(minutes=10))
    assert (verdict.decision, verdict.reason) == ("wait", "10 minutes are measured without it, 30 are asked")


def test_a_statement_that_has_not_run_again_is_waited_for_until_the_time_is_over():
    before, after = [ran("read", 1000, 2), ran("report", 8, 900)], [ran("read", 1000, 2)]
    verdict = judged(before, after)
    assert verdict.decision == "wait"
    assert verdict.reason == "1 of 2 statements that touched the table have hardly run without it yet"
    assert judged(before, after, elapsed=timedelta(hours=72)).decision == "keep"


def test_too_few_calls_wait():
    verdict = judged([ran("read", 1000, 2)], [ran("read", 60, 2)])
    assert (verdict.decision, verdict.reason) == ("wait", "60 calls are measured without it, 100 are asked")


@given(st.integers(0, 5000), st.floats(0.01, 100), st.integers(0, 5000), st.floats(0.01, 100))
def test_without_more_blocks_nothing_ever_comes_back(calls, ms, later_calls, later_ms):
    verdict = judged([ran("read", calls, ms)], [ran("read", later_calls, later_ms)])
    assert verdict.decision in ("keep", "wait")


def test_a_cost_that_falls_is_no_loss():
    assert loss(100.0, 90.0) < 0


def test_what_scans_a_table_that_grew_does_not_bring_it_back():
    before, after = [ran("count", 1000, 20, 1_000)], [ran("count", 1000, 60, 3_000)]
    assert judged(before, after).decision == "revert"
    assert judged(before, after, pages=(1_000, 3_000)).decision == "keep"


def test_a_rare_report_that_seems_slower_is_waited_for():
    before = [ran("report", 300, 20, 400, spread=3), ran("read", 1000, 2)]
    few, many = (ran("report", calls, 100, 2000, spread=3) for calls in (25, 300))
    verdict = judged(before, [few, ran("read", 1000, 2)])
    assert (verdict.decision, "statement report may have got worse" in verdict.reason) == ("wait", True)
    assert judged(before, [many, ran("read", 1000, 2)]).decision == "revert"
    over = VerifyPolicy().max_duration
    assert judged(before, [few, ran("read", 1000, 2)], lasting=over, elapsed=over).decision == "keep"
