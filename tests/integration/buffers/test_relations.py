import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from celeriac.buffers.outcome import Refused, WarmReport
from celeriac.buffers.relations import busiest, warm_index, warm_relations


@pytest.fixture
def cold(target, restartable):
    """A server without a user's block in its buffers."""
    restartable.restart()
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def cached(connection, name):
    query = (
        "SELECT count(*) FROM pg_buffercache "
        "WHERE relforknumber = 0 AND relfilenode = pg_relation_filenode(to_regclass(:name))"
    )
    return connection.scalar(text(query), {"name": name})


def blocks(connection, name):
    return connection.scalar(text("SELECT pg_relation_size(to_regclass(:name)) / 8192"), {"name": name})


def test_an_index_that_is_gone_is_not_warmed(cold, policy):
    refused = warm_index(cold, ("shop", "nothing"), policy)
    assert isinstance(refused, Refused)
    assert "shop.nothing is gone" in refused.reason


def test_a_kept_index_is_read_whole(cold, policy):
    report = warm_index(cold, ("shop", "jobs_pkey"), policy)
    assert isinstance(report, WarmReport)
    assert report.blocks == cached(cold, "shop.jobs_pkey") == blocks(cold, "shop.jobs_pkey")
    assert cached(cold, "shop.jobs") == 0


def test_an_index_larger_than_its_share_is_read_in_part(cold, policy):
    report = warm_index(cold, ("shop", "jobs_pkey"), replace(policy, relation_share=5 / 4096))
    assert report.blocks == 5
    assert "left out" in report.stopped


def test_the_busiest_tables_are_warmed_with_their_indexes(cold, policy):
    cold.execute(text("SELECT pg_stat_reset()"))
    assert warm_relations(cold, policy, busiest(cold, policy)) == Refused(
        "no table was read since the statistics began"
    )
    read_until_counted(cold, policy)
    report = warm_relations(cold, policy)
    assert report.blocks == blocks(cold, "shop.jobs_pkey") + blocks(cold, "shop.jobs")
    assert cached(cold, "shop.jobs") == blocks(cold, "shop.jobs")


def test_named_tables_that_are_gone_are_reported(cold, policy):
    report = warm_relations(cold, policy, [("shop", "jobs"), ("shop", "gone")])
    assert [skipped.name for skipped in report.skipped] == ["gone"]
    assert report.blocks > 0


def read_until_counted(connection, policy):
    """Counters of a session reach the others within a second."""
    deadline = time.monotonic() + 5
    while busiest(connection, policy) != (("shop", "jobs"),) and time.monotonic() < deadline:
        connection.execute(text("SELECT id FROM shop.jobs WHERE id = 1"))
    assert busiest(connection, policy) == (("shop", "jobs"),)
