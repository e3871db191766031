"""What is judged of given numbers, without any server."""

import doctest
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from celeriac.health import memory, store
from celeriac.health.checks import (
    blocked_sessions,
    deadlocks,
    evicted_statements,
    extended_statistics,
    hit_ratio,
    hot_updates,
    inactive_slots,
    jit,
    partitions_ahead,
    plain_connections,
    random_page_cost,
    replication_lag,
    sequential_reads,
    shared_buffers,
    temp_files,
    unused_indexes,
    wraparound,
)
from celeriac.health.policy import GIB, MIB, HealthPolicy
from celeriac.health.services import facts

POLICY = HealthPolicy()
DAY_S = 86_400


def sentences(module, *rows, policy=POLICY):
    return [finding.sentence for finding in module.judge(rows, policy)]


def severities(module, *rows, policy=POLICY):
    return [finding.severity for finding in module.judge(rows, policy)]


@pytest.mark.parametrize("module", [facts, memory, plain_connections, store, temp_files], ids=lambda one: one.__name__)
def test_the_examples_hold(module: ModuleType):
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


def test_deadlocks_of_the_first_hours_count_as_those_of_a_day():
    assert severities(deadlocks, deadlocks.Row(1, 60)) == ["warning"]
    assert severities(deadlocks, deadlocks.Row(5, 10 * DAY_S)) == []
    assert severities(deadlocks, deadlocks.Row(0, 60)) == []


def test_sessions_that_wait_for_each_other_end_the_tree_and_not_the_program():
    rows = [blocked_sessions.Row(2, 1, 9), blocked_sessions.Row(3, 2, 8), blocked_sessions.Row(2, 3, 8)]
    assert sentences(blocked_sessions, *rows) == ["Session 1 blocks 2 others, one for 9 s: 1 ← (2 ← (3))."]


def test_a_full_extension_that_counts_no_evictions_is_told_by_its_fill():
    full = evicted_statements.Row(None, None, 4_751, 5_000)
    assert sentences(evicted_statements, full)[0].startswith("pg_stat_statements keeps 5000 statements and is full")
    assert severities(evicted_statements, evicted_statements.Row(None, None, 4_750, 5_000)) == []
    assert severities(evicted_statements, evicted_statements.Row(None, None, 91, 100)) == ["warning"]


def test_evictions_are_judged_by_the_hour():
    assert severities(evicted_statements, evicted_statements.Row(250, 10 * 3_600, 5_000, 5_000)) == []
    assert severities(evicted_statements, evicted_statements.Row(2_500, 10 * 3_600, 5_000, 5_000)) == ["warning"]


def test_an_extension_that_does_not_count_compiling_is_said_to_be_skipped():
    assert severities(jit, jit.Row(True, None, 0, 100_000)) == ["skipped"]
    assert severities(jit, jit.Row(False, None, 0, 100_000)) == []


A_TABLE = extended_statistics.Table("public.t", "t", "a", "b", "integer", "text", 1e6, 10_000)


@pytest.mark.parametrize(("expected", "found", "times"), [(2, 200, 100), (200, 2, 100), (0, 50, 50), (100, 100, 1)])
def test_a_planner_is_off_in_either_direction(expected, found, times):
    assert extended_statistics.Row(A_TABLE, expected, found).times_off == pytest.approx(times)


def test_few_reads_say_nothing_of_the_buffers():
    assert severities(hit_ratio, hit_ratio.Row("tables", 10, 90, "t")) == []
    assert severities(hit_ratio, hit_ratio.Row("tables", 0, 0, None)) == []
    assert severities(hit_ratio, hit_ratio.Row("tables", 980_000, 20_000, "t")) == ["warning"]


def test_updates_of_an_indexed_column_are_no_reason_for_a_fill_factor():
    assert severities(hot_updates, hot_updates.Row("t", 10_000, 1_000, 100, 100)) == []
    assert "their pages are full (" in sentences(hot_updates, hot_updates.Row("t", 10_000, 1_000, 8_000, 100))[0]
    assert "or an indexed column" in sentences(hot_updates, hot_updates.Row("t", 10_000, 1_000, None, 100))[0]


def test_a_slot_tells_since_when_it_has_no_consumer_where_that_is_known():
    slot = inactive_slots.Row("'s'", "logical", 20 * GIB, "extended", 7_200)
    assert sentences(inactive_slots, slot)[0].startswith(
        "The logical slot 's' has had no consumer for 2.0 h, and keeps"
    )
    assert severities(inactive_slots, slot) == ["critical"]


NOW = datetime(2026, 3, 10, tzinfo=UTC)


def partition(ends_in: timedelta, width: timedelta) -> partitions_ahead.Row:
    ends = NOW + ends_in
    return partitions_ahead.Row("public.t", ends, ends + width, NOW, str(ends), str(ends + width), 0, None)


@pytest.mark.parametrize(
    ("ends_in", "width", "told"),
    [
        (timedelta(days=20), timedelta(days=30), False),
        (timedelta(days=6), timedelta(days=30), True),
        (timedelta(days=2), timedelta(days=1), False),
        (timedelta(hours=20), timedelta(days=1), True),
        (timedelta(days=-20), timedelta(days=30), True),
        (timedelta(days=-100), timedelta(days=30), False),
    ],
)
def test_the_next_partition_is_due_in_its_last_week_or_its_last_width(ends_in, width, told):
    assert bool(severities(partitions_ahead, partition(ends_in, width))) is told


def test_a_partition_is_named_by_its_beginning_and_quoted():
    row = partition(timedelta(days=-1), timedelta(days=1))
    (finding,) = partitions_ahead.judge([row], POLICY)
    assert finding.cure is not None
    assert finding.cure.startswith('CREATE TABLE public."t_20260309" PARTITION OF public.t FOR VALUES FROM (')


def test_a_disk_that_turns_is_left_its_price():
    slow = random_page_cost.Row(4, 1, 100_000, 800_000, True)
    assert severities(random_page_cost, slow) == []


def test_a_replica_that_has_nothing_to_replay_is_not_behind():
    assert severities(replication_lag, replication_lag.Row("r", None, None, True)) == []
    assert severities(replication_lag, replication_lag.Row("r", 301, 0, True)) == ["critical"]


def test_a_table_that_is_read_by_indexes_now_and_then_from_end_to_end_is_well():
    assert severities(sequential_reads, sequential_reads.Row("t", 10_000, 1_000, 99_000, 10**7)) == []


def test_buffers_that_suffice_or_cannot_grow_are_left_alone():
    hits, misses = 1_000_000, 100_000
    small = shared_buffers.Row(128 * MIB, 10 * GIB, hits, misses)
    assert severities(shared_buffers, small) == ["warning"]
    assert "a quarter of the machine's memory" in next(iter(shared_buffers.judge([small], POLICY))).cure
    assert severities(shared_buffers, shared_buffers.Row(128 * MIB, 10 * GIB, 10 * hits, 1)) == []
    assert severities(shared_buffers, shared_buffers.Row(128 * MIB, 200 * MIB, hits, misses)) == []
    assert severities(shared_buffers, shared_buffers.Row(8 * GIB, 99 * GIB, hits, misses, 32 * GIB)) == []


def test_an_index_is_unused_only_after_a_business_cycle():
    old = unused_indexes.Row(1, "old", MIB, 40 * DAY_S, 0)
    young = unused_indexes.Row(2, "young", MIB, 3 * DAY_S, 0)
    assert severities(unused_indexes, old) == ["warning"]
    assert severities(unused_indexes, young) == ["skipped"]
    assert severities(unused_indexes, old, young) == ["warning"]


def test_transaction_numbers_are_told_with_what_is_left():
    row = wraparound.Row("shop", "transactions", 1_000_000_000, 200_000_000, None)
    assert sentences(wraparound, row) == [
        "Database shop has 1147 million transactions left before it takes no more writes."
    ]
