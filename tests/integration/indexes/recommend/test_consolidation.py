"""One index for each purpose, and no promise made twice."""

import pytest

from .conftest import short
from .test_time import advise, ran

pytestmark = pytest.mark.hypopg

OF_A_USER = "SELECT status, count(*) FROM jobs WHERE user_id = $1 GROUP BY status"
LATEST_OF_A_USER = "SELECT * FROM jobs WHERE user_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT $3"
NEXT = "SELECT id, title FROM jobs WHERE status = $1 ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED"


def test_a_user_is_found_by_one_index(shop):
    found = advise(shop, ran(OF_A_USER, 500, 4.0, 3), ran(LATEST_OF_A_USER, 900, 4.0, 5)).recommendations
    assert len(found) == 1
    assert found[0].definition.columns[0] == "user_id"
    assert len(found[0].statements) == 2


def test_a_queue_is_read_by_status_and_then_in_order(shop):
    found = advise(shop, ran(NEXT, 900, 4.0, 10)).recommendations
    assert [short(r) for r in found] in (["jobs (status, created_at)"], ["jobs (created_at) WHERE status = 'pending'"])


def test_all_promises_together_are_no_more_than_the_whole_time(shop):
    either = ran("SELECT * FROM jobs WHERE user_id = $1 OR priority = $2", 1_000, 10.0, 40)
    found = advise(shop, either).recommendations
    assert len(found) == 2
    assert 0.5 * 10_000 < sum(r.saving_ms_per_hour for r in found) <= 10_000
    assert all(r.saving_ratio <= 0.5 for r in found)


def test_what_saves_a_thousandth_of_the_whole_at_most_is_left(shop):
    heavy, light = (
        ran("SELECT * FROM jobs WHERE user_id = $1", 100_000, 9.0),
        ran("SELECT max(priority) FROM jobs", 9, 4.0),
    )
    assert [short(r) for r in advise(shop, heavy, light).recommendations] == ["jobs (user_id)"]
    assert len(advise(shop, heavy, light, min_workload_ratio=0.0).recommendations) == 2
