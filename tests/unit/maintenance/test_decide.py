"""Every guard refuses what it is there for, and names who stands in the way."""

from dataclasses import replace
from datetime import time

import pytest

from celeriac.maintenance.decide import AUTO, DURING, GUARDS, Case, Holder, Moment, Standing, may_begin, may_go_on
from celeriac.maintenance.policy import Limits, MaintenancePolicy
from celeriac.supervision.limits import Replica
from celeriac.supervision.outcome import Clear, Refused

QUIET = Moment(time(12), False, 0, None, None, None, None)
FREE = Standing(None, "auto", 0, None)
VACUUM = Case("vacuum", AUTO, QUIET, FREE, Limits(cores=2), MaintenancePolicy())
ANALYZE = replace(VACUUM, kind="analyze")


def moment(case: Case, **seen) -> Case:
    return replace(case, moment=replace(case.moment, **seen))


def standing(case: Case, **said) -> Case:
    return replace(case, standing=replace(case.standing, **said))


def limits(case: Case, **bounds) -> Case:
    return replace(case, limits=replace(case.limits, **bounds))


def test_nothing_in_the_way():
    assert may_begin(VACUUM) == may_begin(ANALYZE) == may_go_on(VACUUM) == Clear()


@pytest.mark.parametrize(
    ("case", "guard", "words"),
    [
        (standing(ANALYZE, paused="paused by anna: a release"), "paused", "`celeriac resume` lifts it"),
        (standing(ANALYZE, mode="observe"), "mode", "the mode of analyze is observe: it is proposed only"),
        (standing(ANALYZE, mode="approve"), "mode", "no person has approved this run"),
        (moment(ANALYZE, is_standby=True), "primary", "is a standby now"),
        (limits(ANALYZE, window=("22:00", "05:00")), "window", "it is 12:00 at the database"),
        (standing(ANALYZE, runs_in_a_day=50), "pace", "50 runs were begun within a day"),
        (standing(ANALYZE, index_change="change 3 is verifying"), "indexes", "it is measured undisturbed"),
        (standing(ANALYZE, undoing="change 3 is reverting"), "undoing", "it is undone first"),
        (moment(ANALYZE, active=9), "load", "9 sessions are at work on 2 cores; the limit is 4 a core"),
        (moment(VACUUM, active=2), "load", "the limit is 0.5 a core"),
        (moment(ANALYZE, upkeep_pid=7), "upkeep", "process 7 vacuums or analyzes the table"),
        (moment(VACUUM, vacuum_pid=7), "upkeep", "process 7 vacuums another table"),
        (moment(VACUUM, build_pid=7), "builds", "process 7 builds an index"),
        (moment(ANALYZE, lock_pid=7), "locks", "process 7 has locked the table"),
        (moment(VACUUM, replicas=(Replica("b", 11, 0),)), "lag", "replica b is 11 s behind"),
        (moment(VACUUM, replicas=(Replica("b", 0, 2**30),)), "lag", "replica b has 1024 MiB left"),
        (moment(VACUUM, holders=(Holder("process 9", 301, 5),)), "snapshot", "process 9 has had a transaction open"),
        (moment(VACUUM, holders=(Holder("slot s", None, 100_001),)), "snapshot", "slot s holds back what died"),
    ],
)
def test_refusals(case, guard, words):
    outcome = may_begin(case)
    assert isinstance(outcome, Refused)
    assert outcome.guard == guard
    assert words in outcome.reason


@pytest.mark.parametrize(
    "case",
    [
        standing(replace(ANALYZE, approved_by="anna"), mode="approve"),
        limits(ANALYZE, window=("11:00", "13:00")),
        limits(moment(ANALYZE, at=time(23)), window=("22:00", "05:00")),
        moment(ANALYZE, active=8, vacuum_pid=7, build_pid=7, replicas=(Replica("b", 99, 0),)),
        moment(ANALYZE, holders=(Holder("process 9", 9_999, 5),)),
        moment(VACUUM, active=1, holders=(Holder("process 9", 299, 5_000_000),)),
        moment(VACUUM, replicas=(Replica("b", 1, 1),)),
    ],
)
def test_what_is_no_reason(case):
    assert may_begin(case) == Clear()


def test_only_a_pause_a_window_a_failover_an_undo_and_lag_end_what_runs():
    assert {guard.__name__ for guard in DURING} == {"paused", "primary", "window", "undoing", "lag"}
    assert set(DURING) < set(GUARDS)
    assert isinstance(may_go_on(standing(VACUUM, paused="paused by anna: a release")), Refused)
    assert may_go_on(moment(VACUUM, active=99, lock_pid=1)) == Clear()
