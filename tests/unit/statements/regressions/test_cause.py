"""The cause as far as numbers tell."""

from celeriac.statements.regressions.cause import cause_of, sentence
from celeriac.statements.regressions.judge import Found

from .conftest import history, norm_of, ran, shift_of


def named(norm, kind="slower", **figures):
    shift = shift_of(norm, jobs=ran(ms=figures.pop("ms", 30), **figures))
    usual = norm.statements["jobs"]
    cause = cause_of(Found("jobs", kind, shift, False), usual)
    return cause, sentence(cause, shift, usual)


def test_more_rows_and_the_blocks_that_they_ask_for_are_data(norm):
    cause, told = named(norm, rows=15, blocks=150)
    assert cause == "data"
    assert "more rows (5.0 -> 15 a call)" in told


def test_more_blocks_for_the_same_rows_are_another_plan(norm):
    cause, told = named(norm, blocks=400)
    assert cause == "plan"
    assert "A call takes 3.0 times as long as is usual (10.00 ms -> 30 ms)" in told
    assert "more blocks for the same rows (50 -> 400 a call)" in told


def test_of_a_statement_that_never_varied_half_again_the_blocks_are_a_plan(norm):
    assert named(norm, ms=20, blocks=75)[0] == "plan"


def test_more_blocks_than_the_rows_explain_are_another_plan(norm):
    assert named(norm, rows=10, blocks=4_000)[0] == "plan"


def test_temporary_blocks_are_a_spill(norm):
    cause, told = named(norm, temp_blocks=5_000)
    assert cause == "spill"
    assert "work_mem" in told


def test_blocks_that_had_been_in_the_cache_are_the_caches(norm):
    read = ran(ms=30, blocks=0, shared_read_blocks=5_000, io_ms=1_900.0)
    shift = shift_of(norm, jobs=read)
    assert cause_of(Found("jobs", "slower", shift, False), norm.statements["jobs"]) == "cache"


def test_where_reads_are_not_timed_their_number_tells(norm):
    read = ran(ms=30, blocks=0, shared_read_blocks=5_000)
    assert cause_of(Found("jobs", "slower", shift_of(norm, jobs=read), False), norm.statements["jobs"]) == "cache"


def test_reads_that_take_longer_are_the_disks():
    norm = norm_of(jobs=history(shared_read_blocks=24_000, io_ms=2_400.0))
    slow = ran(ms=30, shared_read_blocks=2_000, io_ms=2_100.0)
    cause = cause_of(Found("jobs", "slower", shift_of(norm, jobs=slow), False), norm.statements["jobs"])
    assert cause == "io"


def test_the_same_work_in_more_time_is_waiting(norm):
    cause, told = named(norm)
    assert cause == "contention"
    assert "it waits" in told


def test_more_calls_are_traffic(norm):
    cause, told = named(norm, kind="busier", ms=10, calls=1_000)
    assert cause == "traffic"
    assert told.startswith("It is called 10.0 times as often")
