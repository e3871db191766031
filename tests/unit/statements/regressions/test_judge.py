"""What is told, what is not, and how soon."""

from dataclasses import replace

import pytest

from celeriac.statements.regressions.hours import Hour
from celeriac.statements.regressions.judge import find, judge, loaded, newcomers

from .conftest import NOW, OTHERS, POLICY, history, norm_of, ran, shift_of, window


def told(norm, now, before=None, **policy):
    """Return what one statement's window, and the one before, are told as."""
    found, _ = judge(window(1, jobs=now), window(0, jobs=before) if before else None, norm, replace(POLICY, **policy))
    return [(one.fingerprint, one.kind) for one in found]


SLOWER = [("jobs", "slower")]
BUSIER = [("jobs", "busier")]


def test_what_runs_as_ever_is_not_told(norm):
    assert told(norm, ran(), ran()) == []


def test_a_little_slower_is_not_worth_a_persons_time(norm):
    assert told(norm, ran(ms=13), ran(ms=13)) == []


def test_one_window_within_the_noise_is_not_told(norm):
    noisy = norm_of(jobs=[Hour(n, 3600.0, ran(1200, ms=10 * (1 + n % 4))) for n in range(NOW - 36, NOW)])
    assert told(noisy, ran(ms=60), ran(ms=20)) == []


def test_few_calls_are_not_judged_by_a_window(norm):
    stretch = window(jobs=ran(calls=POLICY.min_calls - 1, ms=500))
    assert judge(stretch, None, norm, POLICY) == ((), len(OTHERS))


def test_one_call_that_waited_for_a_lock_does_not_pass_for_all(norm):
    stuck = ran(99, ms=10) + ran(1, ms=20_000)
    assert shift_of(norm, jobs=stuck).time_ratio > 20
    assert told(norm, stuck) == []


def test_a_machine_on_which_all_are_slower_is_no_statements_fault(norm):
    found, _ = judge(window(1, load=3.0, jobs=ran(ms=30)), window(0, load=3.0, jobs=ran(ms=30)), norm, POLICY)
    assert found == ()


def test_on_an_idle_database_a_share_is_nothing(norm):
    assert told(norm, ran(ms=30), ran(ms=30), min_ms_per_hour=1e9) == []


def test_of_a_small_share_nothing_is_told(norm):
    stretches = (window(number, load_ms=1e9, jobs=ran(ms=30)) for number in (1, 0))
    assert judge(*stretches, norm, POLICY)[0] == ()


def test_far_beyond_the_noise_one_window_suffices(norm):
    assert told(norm, ran(ms=30)) == SLOWER


def test_twice_as_slow_is_told_after_two_windows_at_the_latest(norm):
    lively = norm_of(jobs=[Hour(n, 3600.0, ran(1200), time_flutter=0.2) for n in range(NOW - 36, NOW)])
    assert told(lively, ran(ms=20)) == []
    assert told(lively, ran(ms=20), ran(ms=20)) == SLOWER


@pytest.mark.parametrize("witness", [{"blocks": 120}, {"rows": 15}])
def test_blocks_or_rows_bear_witness_at_once(norm, witness):
    lively = norm_of(jobs=[Hour(n, 3600.0, ran(1200), time_flutter=0.25) for n in range(NOW - 36, NOW)])
    assert told(lively, ran(ms=20)) == []
    assert told(lively, ran(ms=20, **witness)) == SLOWER


def test_more_blocks_in_the_same_time_hurt_nobody(norm):
    assert told(norm, ran(blocks=500), ran(blocks=500)) == []


def test_faster_is_not_told(norm):
    assert told(norm, ran(ms=1), ran(ms=1)) == []


def test_a_burst_of_calls_is_not_told(norm):
    assert told(norm, ran(calls=2_000), ran()) == []


def test_calls_that_go_on_to_be_many_are_told(norm):
    assert told(norm, ran(calls=1_000), ran(calls=1_000)) == BUSIER


def test_when_everybody_calls_more_nobody_does(norm):
    crowd = {name: ran(1_000, 1.0) for name in OTHERS}
    stretches = [replace(window(n, jobs=ran(1_000)), statements={"jobs": ran(1_000), **crowd}) for n in (1, 0)]
    assert judge(*stretches, norm, POLICY)[0] == ()


def test_a_statement_that_is_asked_for_alone_is_found_alone(norm):
    found, able = judge(window(1, jobs=ran(ms=50)), None, norm, POLICY, only=OTHERS.__contains__)
    assert (found, able) == ((), len(OTHERS))


def test_slower_goes_before_busier(norm):
    shift = shift_of(norm, jobs=ran(calls=1_000, ms=50))
    assert find(shift, shift, POLICY) == "slower"


def test_what_was_never_seen_and_holds_much_of_the_load_is_new():
    stretches = window(1, report=ran(ms=100)), window(0, report=ran(ms=100))
    assert set(newcomers(*stretches, {"report"}, POLICY)) == {"report"}
    assert newcomers(*stretches, set(), POLICY) == {}
    assert newcomers(stretches[0], None, {"report"}, POLICY) == {}


def test_what_is_new_and_light_is_not_told():
    stretches = window(1, load_ms=1e9, report=ran(ms=100)), window(0, load_ms=1e9, report=ran(ms=100))
    assert newcomers(*stretches, {"report"}, POLICY) == {}


def test_all_statements_at_once_are_one_finding(norm):
    assert loaded(window(1, load=3.0), window(0, load=3.0), norm, POLICY) == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize("loads", [(3.0, 1.0), (1.0, 3.0), (1.4, 1.4)])
def test_one_busy_window_is_no_overload(norm, loads):
    now, before = loads
    assert loaded(window(1, load=now), window(0, load=before), norm, POLICY) is None


def test_without_a_window_before_nothing_is_overload(norm):
    assert loaded(window(1, load=3.0), None, norm, POLICY) is None


def test_history_is_not_needed_of_statements_that_are_not_there():
    assert judge(window(1, unknown=ran(ms=900)), None, norm_of(jobs=history()), POLICY)[0] == ()
