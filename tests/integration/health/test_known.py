"""What the ledger knows of indexes that the catalog does not, and which columns statements compare together."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine

from celeriac.health.known import Known, from_ledger
from celeriac.health.policy import HealthPolicy
from celeriac.health.together import Pair, Weighed, together
from celeriac.ledger import planning, usage
from celeriac.ledger.usage import Reading

from .looking import plant


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def reading(server: str, index: int, scans: int) -> Reading:
    return Reading(server, index, scans, table_reads=100, table_writes=100, stats_reset=None)


def test_an_empty_ledger_knows_nothing_which_is_not_none(ledger: Connection) -> None:
    assert from_ledger(ledger, "main", HealthPolicy()) == Known(None, {})


def test_knows_which_indexes_any_replica_has_used(ledger: Connection) -> None:
    read = [reading("primary", 1, 5), reading("replica 1", 2, 0), reading("replica 2", 3, 9)]
    usage.record(ledger, "main", read, keep=timedelta(days=1))
    assert from_ledger(ledger, "main", HealthPolicy()).scanned_on_replicas == frozenset({3})
    assert from_ledger(ledger, "other", HealthPolicy()).scanned_on_replicas is None


def test_a_primary_alone_says_nothing_of_replicas(ledger: Connection) -> None:
    usage.record(ledger, "main", [reading("primary", 1, 5)], keep=timedelta(days=1))
    assert from_ledger(ledger, "main", HealthPolicy()).scanned_on_replicas is None


def test_knows_the_scans_that_our_own_plans_caused(ledger: Connection) -> None:
    planning.record(ledger, "main", [(7, 2)])
    planning.record(ledger, "main", [(7, 3), (8, 1)])
    assert from_ledger(ledger, "main", HealthPolicy()).scans_by_plans == {7: 5, 8: 1}
    assert from_ledger(ledger, "main", HealthPolicy(unused_after_days=0)).scans_by_plans == {}


def test_pairs_come_by_the_time_of_the_statements_that_compare_them(server: Engine) -> None:
    plant(server, "CREATE SCHEMA s; CREATE TABLE s.t (a int, b int, c int); CREATE TABLE t (x int, y int)")
    said = {
        "SELECT * FROM s.t WHERE a = $1 AND b = $2": 10.0,
        "SELECT * FROM s.t WHERE b = $1 AND a = $2": 10.0,
        "DELETE FROM t WHERE x = $1 AND y = $2": 15.0,
        "SELECT * FROM s.t JOIN t ON t.x = s.t.a WHERE s.t.c = $1": 99.0,
        "SELECT * FROM s.t WHERE a > $1 AND c = $2": 99.0,
        "SELECT * FROM nowhere WHERE a = $1 AND b = $2": 99.0,
        "this is no statement": 99.0,
    }
    workload = [Weighed(query, ms) for query, ms in said.items()]
    with server.connect() as connection:
        assert together(connection, workload) == (Pair("s", "t", "a", "b"), Pair("public", "t", "x", "y"))
        assert together(connection, []) == ()
