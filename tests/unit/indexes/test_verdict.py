import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celeriac.indexes.comparison import drift
from celeriac.indexes.policy import VerifyPolicy
from celeriac.indexes.verdict import Case, Verdict, judge
from celeriac.statements.statement import Counters, Statement, Window

BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
POLICY = VerifyPolicy()
HOUR = timedelta(hours=1)


def ran(
    name: str, calls: int, ms: float, blocks: float = 10, *, wal: float = 0, rows: float = 1, spread: float = 0.2
) -> Statement:
    """A statement that took `ms` a call on average, with a standard deviation of `spread` times that."""
    counters = Counters(
        calls=calls,
        total_ms=calls * ms,
        square_ms2=calls * ms**2 + (calls - 1) * (spread * ms) ** 2,
        rows=int(calls * rows),
        shared_hit_blocks=int(calls * blocks),
        wal_bytes=int(calls * wal),
    )
    return Statement(name, "app", name, counters)


def window(*statements: Statement, lasting: timedelta = HOUR) -> Window:
    return Window("main", BEGAN, BEGAN + lasting, statements)


def judged(before, after, *, promised=("read",), writes=("write",), touched=None, lasting=HOUR, **given) -> Verdict:
    names = touched or {one.fingerprint for one in (*before, *after) if not one.fingerprint.startswith("other")}
    case = Case(
        before=window(*before),
        after=window(*after, lasting=lasting),
        touched={name: name in writes for name in names},
        promised=frozenset(promised),
        **{"scans": 1000, "elapsed_s": lasting.total_seconds(), **given},
    )
    return judge(case, POLICY)


def test_an_index_that_saves_a_scan_is_kept():
    verdict = judged([ran("read", 1000, 20, 500)], [ran("read", 1000, 0.1, 4)])
    assert verdict.decision == "keep"
    assert "from 20.00 to 0.10 ms and from 500 to 4 blocks a call" in verdict.reason
    assert verdict.saved_ms_per_hour == pytest.approx(19_900)


def test_fewer_blocks_are_enough_where_time_is_noisy():
    verdict = judged([ran("read", 200, 20, 500, spread=5)], [ran("read", 200, 15, 4, spread=5)])
    assert verdict.decision == "keep"


def test_too_few_calls_wait():
    verdict = judged([ran("read", 1000, 20, 500)], [ran("read", 60, 0.1, 4)])
    assert verdict.decision == "wait"
    assert verdict.reason == "1000 calls before and 60 after are measured, 100 each are asked"


def test_too_short_a_time_waits():
    verdict = judged([ran("read", 1000, 20, 500)], [ran("read", 900, 0.1, 4)], lasting=timedelta(minutes=10))
    assert (verdict.decision, verdict.reason) == ("wait", "10 minutes are measured, 30 are asked")


def test_an_index_that_no_plan_uses_goes():
    verdict = judged([ran("read", 1000, 20, 500)], [ran("read", 1000, 20, 500)], scans=0)
    assert (verdict.decision, verdict.reason) == ("revert", "no plan has used it: all it does is cost writes")


def test_an_index_that_is_used_and_saves_nothing_goes():
    verdict = judged([ran("read", 1000, 20, 500)], [ran("read", 1000, 20, 500)])
    assert verdict.decision == "revert"
    assert "it saves 0.0%" in verdict.reason


def test_a_read_that_got_worse_ends_it_at_once():
    before = [ran("read", 1000, 20, 500), ran("list", 1000, 2, 40)]
    after = [ran("read", 100, 0.1, 4), ran("list", 100, 30, 1200)]
    verdict = judged(before, after, lasting=timedelta(minutes=5))
    assert verdict.decision == "revert"
    assert verdict.reason.startswith("statement list takes 15.0 times as long: 2.00 -> 30.00 ms and 40 -> 1200 blocks")


def test_a_read_of_no_weight_does_not_decide():
    before = [ran("read", 100_000, 20, 500), ran("rare", 40, 2, 40)]
    after = [ran("read", 100_000, 10, 4), ran("rare", 40, 3, 60)]
    assert judged(before, after).decision == "keep"


def test_writes_that_lose_more_than_reads_gain_end_it():
    before = [ran("read", 100, 2, 50), ran("write", 50_000, 0.2, 5, wal=300)]
    after = [ran("read", 100, 1, 4), ran("write", 50_000, 0.3, 9, wal=600)]
    verdict = judged(before, after)
    assert verdict.decision == "revert"
    assert verdict.reason.startswith("writes of the table lose 5.0 s an hour and reads gain 100 ms an hour")


def test_writes_may_pay_a_little_for_a_lot():
    before = [ran("read", 1000, 20, 500), ran("write", 1000, 0.2, 5, wal=300)]
    after = [ran("read", 1000, 0.1, 4), ran("write", 1000, 0.3, 9, wal=600)]
    assert judged(before, after).decision == "keep"


def test_an_update_whose_cost_fell_but_not_its_time_goes():
    before = [ran("write", 5000, 0.5, 40, wal=300)]
    after = [ran("write", 5000, 0.51, 44, wal=393)]
    verdict = judged(before, after, promised=["write"])
    assert verdict.decision == "revert"


def test_a_drift_of_everything_is_not_blamed():
    before = [ran("read", 1000, 20, 500), ran("same", 1000, 5, 30), *others(1.0)]
    after = [ran("read", 1000, 0.3, 4), ran("same", 1000, 15, 30), *others(3.0)]
    verdict = judged(before, after)
    assert verdict.decision == "keep"
    assert verdict.drift == pytest.approx(3.0)


def test_a_gain_that_everything_shares_is_no_gain():
    before = [ran("read", 1000, 20, 500), *others(3.0)]
    after = [ran("read", 1000, 7, 500), *others(1.0)]
    assert judged(before, after).decision == "revert"


def test_another_change_elsewhere_is_no_drift():
    before = [*others(1.0), *(ran(f"other fast {i}", 900, 100, 900) for i in range(9))]
    after = [*others(1.0), *(ran(f"other fast {i}", 900, 1, 4) for i in range(9))]
    assert drift(by_name(before), by_name(after), ["read"]) == pytest.approx(1.0)


def by_name(statements: list[Statement]) -> dict[str, Statement]:
    return window(*statements).by_fingerprint()


def test_more_rows_explain_more_blocks():
    before = [ran("read", 1000, 20, 500), ran("list", 1000, 2, 40, rows=10)]
    after = [ran("read", 1000, 0.1, 4), ran("list", 1000, 8, 160, rows=40)]
    verdict = judged(before, after)
    assert verdict.decision == "keep"
    assert {one.fingerprint: one.finding for one in verdict.statements}["list"] == "data changed"


def test_more_blocks_for_fewer_rows_are_not_excused():
    before = [ran("read", 1000, 20, 500), ran("list", 1000, 2, 40, rows=40)]
    after = [ran("read", 1000, 0.1, 4), ran("list", 1000, 9, 400, rows=10)]
    assert judged(before, after).decision == "revert"


def test_time_alone_is_not_blamed_on_the_index():
    before = [ran("read", 1000, 20, 500), ran("list", 1000, 2, 40)]
    after = [ran("read", 1000, 0.1, 4), ran("list", 1000, 9, 40)]
    assert judged(before, after).decision == "keep"


def test_a_rare_promised_statement_is_waited_for():
    before = [ran("often", 1000, 2, 50), ran("read", 20, 900, 50_000)]
    verdict = judged(before, [ran("often", 1000, 2, 50)], promised=["often", "read"])
    assert verdict.decision == "wait"
    assert "1 of the promised statements" in verdict.reason


def test_when_time_is_up_what_could_not_be_shown_goes():
    verdict = judged([ran("read", 3, 20, 500)], [ran("read", 3, 0.1, 4)], elapsed_s=73 * 3600)
    assert verdict.decision == "revert"
    assert verdict.reason.startswith("its use could not be shown in time: 3 calls before")


def test_when_time_is_up_few_calls_with_a_clear_gain_are_enough():
    verdict = judged([ran("read", 8, 20, 500)], [ran("read", 8, 0.1, 4)], elapsed_s=73 * 3600)
    assert verdict.decision == "keep"


def test_nothing_measured_at_all_waits():
    assert judged([], [], touched={"read"}).decision == "wait"


def test_a_declared_index_stays_without_proof():
    verdict = judged([], [], touched={"read"}, required=True, scans=0)
    assert verdict.decision == "keep"


def test_a_declared_index_goes_where_it_hurts():
    before, after = [ran("list", 1000, 2, 40)], [ran("list", 1000, 30, 1200)]
    assert judged(before, after, required=True).decision == "revert"


def test_evidence_keeps_the_heaviest_statements_only():
    before = [ran(f"read {n}", 100, n + 1, 500) for n in range(40)]
    after = [ran(f"read {n}", 100, 0.1, 4) for n in range(40)]
    evidence = judged(before, after, promised=["read 1"]).as_json()
    assert [one["fingerprint"] for one in evidence["statements"]][:2] == ["read 39", "read 38"]
    assert len(evidence["statements"]) == 12


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_noise_alone_is_neither_kept_nor_blamed(seed):
    verdict = judge(noisy(seed, gain=1.0), POLICY)
    assert verdict.decision == "revert"
    assert verdict.reason.startswith("it saves")
    assert not any(one.finding == "worse" for one in verdict.statements)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_real_gain_survives_the_noise(seed):
    assert judge(noisy(seed, gain=5.0), POLICY).decision == "keep"


def noisy(seed: int, gain: float) -> Case:
    """Two windows of the same statements with heavy-tailed times; after, the promised one touches fewer blocks."""
    draw = random.Random(seed)

    def measured(name: str, ms: float, blocks: float) -> Statement:
        times = [draw.lognormvariate(0, 1) * ms for _ in range(150)]
        counters = Counters(
            calls=len(times),
            total_ms=sum(times),
            square_ms2=sum(time**2 for time in times),
            rows=len(times),
            shared_hit_blocks=int(len(times) * blocks * draw.uniform(0.98, 1.02)),
        )
        return Statement(name, "app", name, counters)

    names = ["read", "list", "count", "other 1", "other 2", "other 3", "other 4"]
    before = window(*(measured(name, 10, 200) for name in names))
    after = window(*(measured(n, 10 / (gain if n == "read" else 1), 200 / (gain if n == "read" else 1)) for n in names))
    touched = {"read": False, "list": False, "count": False}
    return Case(before, after, touched, frozenset({"read"}), scans=100, elapsed_s=3600)


def others(ms: float) -> list[Statement]:
    return [ran(f"other {n}", 1000, ms * (n + 1), 20) for n in range(5)]


def test_a_policy_that_asks_for_more_gain_gets_it():
    case = noisy(1, gain=1.3)
    assert judge(case, replace(POLICY, min_gain_ratio=0.9)).decision == "revert"


def test_a_plan_that_reads_a_fortieth_is_not_excused_by_a_third_fewer_rows():
    verdict = judged([ran("read", 200, 100, 4_600, rows=50)], [ran("read", 200, 0.3, 110, rows=33)])
    assert verdict.decision == "keep"


def test_as_many_blocks_fewer_as_rows_are_the_data_s_doing():
    verdict = judged([ran("read", 200, 100, 4_000, rows=40)], [ran("read", 200, 50, 2_000, rows=20)])
    assert verdict.statements[0].finding == "data changed"


def test_a_table_that_shrank_explains_what_scans_it():
    verdict = judged([ran("read", 1000, 20, 1_000)], [ran("read", 1000, 5, 250)], pages=(1_000, 250))
    assert verdict.statements[0].finding == "data changed"
    assert verdict.decision == "revert"


def test_a_table_that_grew_is_not_blamed_on_the_index():
    before = [ran("read", 1000, 20, 1_000), ran("count", 300, 20, 1_000)]
    after = [ran("read", 1000, 0.1, 4), ran("count", 300, 60, 3_000)]
    assert judged(before, after).decision == "revert"
    assert judged(before, after, pages=(1_000, 3_000)).decision == "keep"


def test_a_table_that_grew_excuses_no_more_than_its_growth():
    before = [ran("read", 1000, 20, 1_000), ran("walk", 300, 20, 1_000)]
    after = [ran("read", 1000, 0.1, 4), ran("walk", 300, 200, 40_000)]
    assert judged(before, after, pages=(1_000, 3_000)).decision == "revert"


def test_a_gain_far_beyond_the_table_s_shrinking_is_a_gain():
    assert judged([ran("read", 1000, 20, 1_000)], [ran("read", 1000, 0.1, 4)], pages=(1_000, 500)).decision == "keep"


def test_half_the_blocks_are_no_gain_where_time_does_not_confirm_it():
    verdict = judged([ran("read", 200, 20, 1_400, spread=1)], [ran("read", 200, 20.3, 700, spread=1)])
    assert verdict.decision == "revert"
    assert verdict.statements[0].finding == "same"


def test_writes_of_a_table_that_grew_are_not_excused_by_it():
    before = [ran("read", 100, 2, 50), ran("write", 50_000, 0.2, 1_000, wal=300)]
    after = [ran("read", 100, 1, 4), ran("write", 50_000, 0.3, 1_500, wal=600)]
    assert judged(before, after, pages=(1_000, 2_000)).decision == "revert"


def test_a_part_of_the_table_does_not_grow_with_it():
    before = [ran("read", 1000, 20, 1_000), ran("list", 300, 2, 40)]
    after = [ran("read", 1000, 0.1, 4), ran("list", 300, 6, 120)]
    assert judged(before, after, pages=(1_000, 3_000)).decision == "revert"


def test_a_read_that_takes_a_quarter_of_the_time_for_as_many_blocks_gained():
    before, after = [ran("read", 300, 5.8, 772), *others(1.0)], [ran("read", 300, 1.6, 793), *others(1.0)]
    assert judged(before, after).decision == "keep"


def test_it_did_not_where_nothing_else_ran_that_tells_the_drift():
    assert judged([ran("read", 300, 5.8, 772)], [ran("read", 300, 1.6, 793)]).decision == "revert"


def test_it_did_not_where_it_only_found_its_blocks_in_memory():
    cold = ran("read", 300, 5.8, 772)
    counters = replace(cold.counters, shared_hit_blocks=0, shared_read_blocks=cold.counters.shared_hit_blocks)
    before, after = [replace(cold, counters=counters), *others(1.0)], [ran("read", 300, 1.6, 793), *others(1.0)]
    assert judged(before, after).decision == "revert"


def test_a_write_did_not_for_it_may_only_have_waited_less():
    before, after = [ran("write", 300, 5.8, 772), *others(1.0)], [ran("write", 300, 1.6, 793), *others(1.0)]
    assert judged(before, after, promised=["write"]).decision == "revert"


def test_who_is_no_slower_by_the_clock_is_not_blamed_for_a_load_that_fell():
    before = [ran("read", 1000, 20, 500), ran("list", 1000, 0.15, 20), *others(3.0)]
    after = [ran("read", 1000, 0.1, 4), ran("list", 1000, 0.15, 23), *others(1.0)]
    assert judged(before, after).decision == "keep"


def test_a_fraction_of_a_block_is_vacuum_s_doing_not_an_index_entry():
    before = [ran("read", 1000, 20, 500), ran("write", 1000, 0.030, 4.2, wal=300)]
    after = [ran("read", 1000, 20, 500), ran("write", 1000, 0.045, 5.0, wal=300)]
    assert {one.finding for one in judged(before, after).statements} == {"same"}


def test_page_images_alone_do_not_make_a_write_heavier():
    before = [ran("read", 1000, 20, 500), ran("write", 1000, 0.030, 208, wal=300)]
    after = [ran("read", 1000, 20, 500), ran("write", 1000, 0.045, 210, wal=3_000)]
    assert {one.finding for one in judged(before, after).statements} == {"same"}


def test_an_entry_more_for_each_row_does():
    before, after = [ran("write", 1000, 1.0, 800, wal=300)], [ran("write", 1000, 1.5, 860, wal=600)]
    assert judged(before, after, promised=["write"]).statements[0].finding == "worse"


def test_what_writes_lose_counts_only_where_it_weighs():
    before = [ran("read", 1000, 20, 500), ran("write", 1000, 0.030, 4, wal=300)]
    after = [ran("read", 1000, 20, 500), ran("write", 1000, 0.045, 6, wal=400)]
    assert judged(before, after, required=True).decision == "keep"
    after = [ran("read", 1000, 20, 500), ran("write", 1000, 0.5, 6, wal=400)]
    assert judged(before, after, required=True).decision == "revert"


def test_a_plan_that_skips_some_pages_of_a_table_that_shrank_is_still_its_doing():
    verdict = judged([ran("read", 1000, 20, 774)], [ran("read", 1000, 5, 209)], pages=(774, 240))
    assert verdict.statements[0].finding == "data changed"


def test_a_few_cheap_calls_are_no_gain_where_others_are_huge():
    before, after = [ran("read", 2000, 10, 400, spread=8)], [ran("read", 100, 2, 60, spread=0.5)]
    verdict = judged(before, after)
    assert (verdict.decision, verdict.statements[0].finding) == ("wait", "unsure")
    assert "differ too much to tell yet" in verdict.reason
    assert judged(before, after, elapsed_s=POLICY.max_duration.total_seconds()).decision == "revert"
    assert judged(before, [ran("read", 2000, 2, 60, spread=8)]).decision == "keep"


def test_where_some_calls_are_huge_chance_is_hardly_ever_taken_for_a_gain():
    def measured(draw: random.Random, name: str, calls: int) -> Statement:
        work = [draw.lognormvariate(0, 2) for _ in range(calls)]
        times = [one * draw.lognormvariate(0, 0.8) for one in work]
        squares = sum(time**2 for time in times)
        blocks = sum(1 + int(one * 50) for one in work)
        return Statement(name, "app", name, Counters(calls, sum(times), squares, calls, blocks))

    def verdict(seed: int) -> str:
        draw, names = random.Random(seed), ("read", "list", "count")
        before, after = ([measured(draw, name, calls) for name in names] for calls in (2400, 150))
        return judged(before, after).decision

    decisions = [verdict(seed) for seed in range(100)]
    assert decisions.count("keep") <= 2
