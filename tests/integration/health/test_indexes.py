"""Indexes: twins, beginnings, unused ones, missing ones, empty ones."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from celeriac.health.known import Known
from celeriac.health.policy import HealthPolicy

from .looking import bad, count_now, plant, skipped, the_fault, until, value, version

SMALL = HealthPolicy(
    bloat_min_bytes=100_000,
    unused_after_days=4 / 86_400,
    unused_index_min_bytes=0,
    unused_min_reads=1,
    sequential_min_rows=1_000,
    sequential_min_scans=10,
    check_timeout_ms=5_000,
)


@pytest.mark.parametrize(
    "twin",
    [
        (
            "CREATE INDEX twin ON t (lower(b)); CREATE INDEX kept ON t (lower(b)); DROP INDEX twin;"
            "CREATE INDEX twin ON t (lower(b))"
        ),
        "CREATE INDEX kept ON t (a) WHERE a > 0; CREATE INDEX twin ON t (a) WHERE a > 0",
        "CREATE INDEX kept ON t (a) INCLUDE (b); CREATE INDEX twin ON t (a) INCLUDE (b)",
        "CREATE INDEX twin ON t (a); CREATE UNIQUE INDEX kept ON t (a)",
        "CREATE INDEX kept ON t USING hash (a); CREATE INDEX twin ON t USING hash (a)",
        "CREATE UNIQUE INDEX twin ON t (a); ALTER TABLE t ADD CONSTRAINT kept UNIQUE (a)",
    ],
    ids=["expression", "partial", "covering", "beside a unique one", "hash", "beside a constraint"],
)
def test_of_two_indexes_of_the_same_keys_the_needless_one_is_found(server: Engine, twin: str) -> None:
    plant(server, f"CREATE TABLE t (a int, b text); {twin}")
    finding = the_fault(server, "duplicate_indexes")
    assert finding.subject == "public.twin"
    plant(server, finding.cure or "")
    assert not bad(server, "duplicate_indexes")


@pytest.mark.parametrize(
    "indexes",
    [
        "CREATE INDEX ON t (a); CREATE INDEX ON t (a DESC)",
        "CREATE INDEX ON t (a); CREATE INDEX ON t (a) WHERE a > 0",
        "CREATE INDEX ON t (b); CREATE INDEX ON t (b text_pattern_ops)",
        "CREATE INDEX ON t (b); CREATE INDEX ON t (lower(b))",
        "ALTER TABLE t ADD UNIQUE (a); ALTER TABLE t ADD CONSTRAINT other UNIQUE (a)",
        "CREATE UNIQUE INDEX ON t (a); CREATE UNIQUE INDEX ON t (a, b)",
    ],
    ids=["direction", "predicate", "operators", "expression", "two constraints", "unique and wider"],
)
def test_indexes_that_only_look_alike_are_left_alone(server: Engine, indexes: str) -> None:
    plant(server, f"CREATE TABLE t (a int, b text); {indexes}")
    assert not bad(server, "duplicate_indexes")
    assert not bad(server, "redundant_indexes")


def test_finds_an_index_that_a_partition_lacks(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE whole (a int) PARTITION BY RANGE (a);"
        "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9);"
        "CREATE INDEX kept ON ONLY whole (a)",
    )
    assert the_fault(server, "invalid_indexes").subject == "public.kept"
    plant(server, "CREATE INDEX part_kept ON part (a); ALTER INDEX kept ATTACH PARTITION part_kept")
    assert not bad(server, "invalid_indexes")


READ = "CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 3000) AS i;"


@pytest.fixture
def counted(server: Engine) -> Engine:
    """A server that has counted for longer than the tests' cycle of four seconds."""
    # Before 15 a database counts from when it is first used, and says so; later the server's beginning stands for it.
    own = "pg_stat_database WHERE datname = current_database()"
    counts = "pg_stat_bgwriter" if version(server) >= 15 else own
    assert until(lambda: value(server, f"SELECT clock_timestamp() - stats_reset > '5 s' FROM {counts}"))
    return server


def test_finds_an_index_that_nothing_uses_and_leaves_one_that_is_used(counted: Engine) -> None:
    plant(counted, READ + "CREATE INDEX idle ON t (a); CREATE INDEX busy ON t (b); ANALYZE t")
    plant(counted, "SELECT * FROM t WHERE b = 7")
    plant(counted, "SELECT count(*) FROM t")
    count_now(counted)
    finding = the_fault(counted, "unused_indexes", SMALL)
    assert finding.subject == "public.idle"
    plant(counted, finding.cure or "")
    assert not bad(counted, "unused_indexes", SMALL)


def test_counters_that_are_young_tell_nothing_of_use(server: Engine) -> None:
    plant(server, READ + "CREATE INDEX idle ON t (a)")
    plant(server, "SELECT count(*) FROM t")
    count_now(server)
    young = HealthPolicy(unused_index_min_bytes=0, unused_min_reads=1)
    assert skipped(server, "unused_indexes", young).startswith("Not looked at: the counters began 0 days ago, and 1 ")


def test_an_index_that_a_replica_uses_is_used(counted: Engine) -> None:
    plant(counted, READ + "CREATE INDEX idle ON t (a)")
    plant(counted, "SELECT count(*) FROM t")
    count_now(counted)
    oid = int(str(value(counted, "SELECT 'idle'::regclass::oid::bigint")))
    assert bad(counted, "unused_indexes", SMALL, Known(frozenset({oid + 1})))
    assert not bad(counted, "unused_indexes", SMALL, Known(frozenset({oid})))


def test_scans_by_our_own_plans_are_no_use(counted: Engine) -> None:
    plant(counted, READ + "CREATE INDEX idle ON t (a); ANALYZE t")
    plant(counted, "SELECT * FROM t WHERE a = 7")
    plant(counted, "SELECT count(*) FROM t")
    count_now(counted)
    oid = int(str(value(counted, "SELECT 'idle'::regclass::oid::bigint")))
    assert not bad(counted, "unused_indexes", SMALL)
    assert bad(counted, "unused_indexes", SMALL, Known(scans_by_plans={oid: 1}))


@pytest.mark.parametrize(
    "needed",
    [
        "CREATE UNIQUE INDEX ON t (a)",
        (
            "CREATE TABLE p (id int PRIMARY KEY); CREATE INDEX ON t (a);"
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p NOT VALID"
        ),
    ],
    ids=["unique", "of a foreign key"],
)
def test_an_index_that_enforces_something_is_needed_without_scans(server: Engine, needed: str) -> None:
    plant(server, READ + needed)
    plant(server, "SELECT count(*) FROM t")
    count_now(server)
    assert not bad(server, "unused_indexes", SMALL)


def test_a_table_that_is_hardly_read_proves_nothing_of_its_indexes(server: Engine) -> None:
    plant(server, READ + "CREATE INDEX ON t (a)")
    plant(server, "SELECT count(*) FROM t")
    count_now(server)
    assert not bad(server, "unused_indexes", replace(SMALL, unused_min_reads=10))


def test_finds_a_large_table_that_is_read_from_end_to_end(server: Engine) -> None:
    plant(server, READ)
    with server.connect() as connection:
        for number in range(12):
            connection.execute(text("SELECT * FROM t WHERE a = :number"), {"number": number})
    count_now(server)
    finding = the_fault(server, "sequential_reads", SMALL)
    assert (finding.subject, finding.evidence["sequential_scans"]) == ("public.t", 12)


def test_a_table_that_is_read_by_its_index_is_left_alone(server: Engine) -> None:
    plant(server, READ + "CREATE INDEX ON t (a); ANALYZE t")
    with server.connect() as connection:
        for number in range(12):
            connection.execute(text("SELECT * FROM t WHERE a = :number"), {"number": number})
    count_now(server)
    assert not bad(server, "sequential_reads", SMALL)


KEYS = (
    "CREATE TABLE t (a {type}) WITH (autovacuum_enabled = off);"
    "INSERT INTO t SELECT {value} FROM generate_series(1, 30000) AS i ORDER BY md5(i::text);"
    "CREATE INDEX held ON t (a)"
)


@pytest.mark.parametrize(
    ("kind", "key"),
    [("int", "i"), ("text", "'value number ' || i"), ("int", "i % 1000")],
    ids=["int", "text", "many twins"],
)
def test_finds_an_index_that_is_half_empty_and_its_cure_mends_it(server: Engine, kind: str, key: str) -> None:
    plant(server, KEYS.format(type=kind, value=key))
    plant(server, "VACUUM ANALYZE t")
    assert not bad(server, "index_bloat", SMALL)
    plant(server, "DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE random() < 0.8)")
    plant(server, "VACUUM ANALYZE t")
    finding = the_fault(server, "index_bloat", SMALL)
    assert finding.subject == "public.held"
    plant(server, finding.cure or "")
    assert not bad(server, "index_bloat", SMALL)
