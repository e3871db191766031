from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celeriac.statements.delta import Difference, difference, fold
from celeriac.statements.reading import Entry, Key, Reading, ServerState
from celeriac.statements.statement import Counters
from celeriac.statements.texts import OTHER, OURS, UNREAD

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVER = ServerState(
    read_at=NOON, postmaster_started_at=NOON - 90 * HOUR, server_version_num=150_000, stats_reset=NOON - HOUR, dealloc=3
)
A, B = Key(10, 1, True), Key(10, 2, True)


def counted(calls: int, ms: float = 1.0) -> Counters:
    return Counters(calls=calls, total_ms=calls * ms, square_ms2=calls * ms * ms, shared_hit_blocks=calls * 10)


def between(before: dict[Key, Entry | int], now: dict[Key, Entry | int], **server: object) -> Difference:
    later = replace(SERVER, read_at=NOON + HOUR, **server)  # type: ignore[arg-type]
    return difference(Reading(SERVER, entries(before)), Reading(later, entries(now)))


def entries(given: dict[Key, Entry | int]) -> dict[Key, Entry]:
    return {key: one if isinstance(one, Entry) else Entry(counted(one)) for key, one in given.items()}


def test_growth_is_subtracted():
    found = between({A: 5, B: 2}, {A: 9, B: 2})

    assert found.changes == {A: counted(4)}
    assert (found.complete, found.notes) == (True, ())


def test_a_new_statement_counts_from_zero():
    assert between({A: 5}, {A: 5, B: 3}).changes == {B: counted(3)}


def test_a_reset_since_the_last_read_counts_from_zero_even_where_calls_grew():
    found = between({A: 5}, {A: 50}, stats_reset=NOON + HOUR / 2, dealloc=0)

    assert found.changes == {A: counted(50)}
    assert (found.complete, found.comparable) == (False, True)
    assert "reset" in found.notes[0]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"stats_reset": NOON - 50 * HOUR}, id="its counters began earlier"),
        pytest.param({"postmaster_started_at": NOON - 2 * HOUR}, id="it started at another time"),
    ],
)
def test_a_failover_never_counts_a_lifetime_as_one_window(other: dict[str, object]):
    found = between({A: 5}, {A: 1_000_000, B: 7}, **other)

    assert found.changes == {}
    assert (found.complete, found.comparable) == (False, False)
    assert "another server" in found.notes[0]


def test_an_upgrade_that_changes_the_keys_is_a_new_starting_point():
    older = replace(SERVER, stats_reset=None, dealloc=None)
    later = replace(SERVER, read_at=NOON + HOUR)

    found = difference(Reading(older, entries({A: 5})), Reading(later, entries({A: 9})))

    assert (found.changes, found.comparable) == ({}, False)


def test_a_clean_restart_loses_nothing():
    found = between({A: 5}, {A: 9}, postmaster_started_at=NOON + HOUR / 2)

    assert found.changes == {A: counted(4)}
    assert (found.complete, found.notes) == (True, ("the server was restarted",))


def test_a_statement_that_shrank_began_again():
    found = between({A: 5, B: 5}, {A: 3, B: 6})

    assert found.changes == {A: counted(3), B: counted(1)}
    assert not found.complete


def test_a_statement_that_shrank_in_blocks_alone_began_again():
    again = replace(counted(8), shared_hit_blocks=1)

    assert between({A: 5}, {A: Entry(again)}).changes == {A: again}


def test_a_statement_with_a_new_beginning_began_again_even_where_calls_grew():
    before, now = Entry(counted(5), NOON - HOUR), Entry(counted(50), NOON + HOUR / 2)

    found = between({A: before}, {A: now})

    assert found.changes == {A: counted(50)}
    assert not found.complete


def test_a_statement_that_was_still_running_at_the_last_read_counts():
    """The server shows it once it has ended, and since when it was parsed."""
    assert between({}, {A: Entry(counted(50), NOON - HOUR)}).changes == {A: counted(50)}


def test_a_statement_that_vanished_lost_calls():
    found = between({A: 5, B: 5}, {B: 5})

    assert (found.changes, found.complete) == ({}, False)
    assert "evicted or reset: 1" in found.notes[0]


def test_evictions_make_a_window_incomplete_and_name_the_setting():
    found = between({A: 5}, {A: 9}, dealloc=5)

    assert found.changes == {A: counted(4)}
    assert "2 times" in found.notes[0]
    assert "pg_stat_statements.max" in found.notes[0]


def test_a_statement_that_was_only_planned_did_not_run():
    assert between({A: 5}, {A: Entry(replace(counted(5), plan_ms=9.0))}).changes == {}


def test_rounding_never_makes_a_variance_negative():
    found = between({A: 5}, {A: Entry(replace(counted(9), square_ms2=5.0))})

    assert found.changes[A].square_ms2 == 4.0
    assert found.changes[A].variance_ms2 == 0.0


def test_keys_of_one_statement_add_up():
    statements, other = fold({A: counted(2), B: counted(3)}, {A: "f", B: "f"}, most=10)

    assert (statements, other) == ({"f": counted(5)}, Counters())


def test_what_is_ours_is_left_out_and_what_is_not_optimizable_is_the_rest():
    c, d = Key(1, 3, True), Key(1, 4, True)
    names = {A: OURS, B: OTHER, c: UNREAD, d: "f"}

    statements, other = fold({key: counted(2) for key in names}, names, most=10)

    assert (statements, other) == ({"f": counted(2)}, counted(4))


def test_the_smallest_are_folded_into_the_rest():
    statements, other = fold({A: counted(2, ms=9.0), B: counted(3)}, {A: "slow", B: "fast"}, most=1)

    assert (statements, other) == ({"slow": counted(2, ms=9.0)}, counted(3))


calls = st.integers(0, 10**9)


@given(st.dictionaries(st.sampled_from([A, B, Key(1, 3, False)]), calls), st.data())
def test_no_window_ever_counts_more_than_the_server(before: dict[Key, Entry | int], data: st.DataObject):
    now: dict[Key, Entry | int] = data.draw(st.dictionaries(st.sampled_from([A, B, Key(1, 3, False)]), calls))
    reset = data.draw(st.sampled_from([SERVER.stats_reset, NOON + HOUR / 2, NOON - 3 * HOUR]))

    found = between(before, now, stats_reset=reset)

    assert all(0 < counters.calls <= entries(now)[key].counters.calls for key, counters in found.changes.items())
