"""What a change has to wait for, at the limit and beyond."""

from datetime import time

import pytest

from celeriac.supervision.limits import Replica, closed, lagging, overloaded

MIB = 1024 * 1024
NIGHT = ("22:00", "05:00")


@pytest.mark.parametrize("now", [time(22, 0), time(23, 59), time(0, 0), time(4, 59)])
def test_a_window_may_pass_midnight(now):
    assert closed(now, NIGHT) is None


@pytest.mark.parametrize("now", [time(5, 0), time(12, 0), time(21, 59)])
def test_and_is_closed_by_day(now):
    assert closed(now, NIGHT) == f"it is {now:%H:%M} at the database; changes are allowed from 22:00 to 05:00"


def test_no_window_is_always():
    assert closed(time(12), None) is None


def test_the_replica_that_is_furthest_behind_is_named():
    near, far = Replica("near", 11.0, 0), Replica("far", 42.0, 0)
    assert lagging((near, far), 10.0, 512 * MIB) == "replica far is 42 s behind; the limit is 10 s"
    assert lagging((near,), 11.0, 512 * MIB) is None


def test_a_replica_whose_replay_stands_still_is_known_by_its_bytes():
    stuck = Replica("stuck", 0.0, 1024 * MIB)
    assert lagging((stuck,), 10.0, 512 * MIB) == "replica stuck has 1024 MiB left to replay; the limit is 512 MiB"
    assert lagging((stuck,), 10.0, 1024 * MIB) is None


def test_a_server_at_its_limit_is_not_yet_beyond_it():
    assert overloaded(8, 2, 4.0) is None
    assert overloaded(9, 2, 4.0) == "9 sessions are at work on 2 cores; the limit is 4 a core"
