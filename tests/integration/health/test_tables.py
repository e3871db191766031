"""Tables: bloat, vacuum, statistics, updates, keys, large objects."""

import pytest
from sqlalchemy import Engine, text

from celeriac.health.policy import HealthPolicy

from .looking import bad, count_now, plant, the_fault, value

SMALL = HealthPolicy(
    bloat_min_bytes=200_000,
    dead_rows_min=1_000,
    stale_min_rows=1_000,
    hot_min_updates=1_000,
    check_timeout_ms=5_000,
)
HALF_EMPTY = (
    (
        "CREATE TABLE t (id int, pad text) WITH (autovacuum_enabled = off);"
        "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 20000) AS i;"
        "DELETE FROM t WHERE id % 10 > 0 AND id < 20000"
    ),
    "VACUUM ANALYZE t",
)


@pytest.mark.parametrize("measured", [True, False], ids=["measured", "estimated"])
def test_finds_a_table_that_is_half_empty(server: Engine, measured: bool) -> None:
    plant(server, HALF_EMPTY[0])
    plant(server, HALF_EMPTY[1])
    if not measured:
        plant(server, "DROP EXTENSION pgstattuple")
    finding = the_fault(server, "table_bloat", SMALL)
    assert finding.subject == "public.t"
    assert finding.sentence.startswith("About ") is not measured
    assert finding.evidence["wasted_bytes"] / finding.evidence["size_bytes"] == pytest.approx(0.9, abs=0.05)
    plant(server, "VACUUM FULL t")
    plant(server, "ANALYZE t")
    assert not bad(server, "table_bloat", SMALL)


def test_a_table_that_cannot_be_measured_in_time_is_estimated(server: Engine) -> None:
    plant(server, HALF_EMPTY[0])
    plant(server, HALF_EMPTY[1])
    with server.connect() as holder:
        holder.execute(text("LOCK TABLE t"))
        finding = the_fault(server, "table_bloat", HealthPolicy(bloat_min_bytes=200_000, bloat_measure_timeout_ms=20))
    assert finding.sentence.startswith("About ")


@pytest.mark.parametrize(
    "columns",
    [
        "i AS id, repeat('x', 100) AS pad",
        "i AS id, NULL::text AS a, i % 2 = 0 AS b, now() AS c",
        "repeat('y', 37) AS v",
    ],
)
def test_a_table_that_is_full_is_left_alone(server: Engine, columns: str) -> None:
    plant(server, f"CREATE TABLE t AS SELECT {columns} FROM generate_series(1, 20000) AS i")
    plant(server, "VACUUM ANALYZE t")
    plant(server, "DROP EXTENSION pgstattuple")
    assert not bad(server, "table_bloat", SMALL)


def test_finds_where_vacuum_does_not_keep_up_and_its_cure_mends_it(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE t (id int) WITH (autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0);"
        "INSERT INTO t SELECT generate_series(1, 3000); DELETE FROM t WHERE id > 1000",
    )
    count_now(server)
    finding = the_fault(server, "dead_rows", SMALL)
    assert (finding.subject, finding.evidence["dead"]) == ("public.t", 2000)
    assert finding.evidence["thresholds"] == pytest.approx(20, abs=1)
    assert "never vacuumed" in finding.sentence
    plant(server, (finding.cure or "").partition(";")[0])
    count_now(server)
    assert not bad(server, "dead_rows", SMALL)


def test_dead_rows_below_the_tables_own_threshold_are_ordinary(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE t (id int) WITH (autovacuum_vacuum_threshold = 1500, autovacuum_vacuum_scale_factor = 0);"
        "INSERT INTO t SELECT generate_series(1, 3000); DELETE FROM t WHERE id > 1000",
    )
    count_now(server)
    assert not bad(server, "dead_rows", SMALL)


def test_finds_tables_that_the_planner_does_not_know_and_the_cure_mends_it(server: Engine) -> None:
    plant(server, "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 3000)")
    count_now(server)
    finding = the_fault(server, "stale_statistics", SMALL)
    assert "was never analyzed" in finding.sentence
    plant(server, finding.cure or "")
    count_now(server)
    assert not bad(server, "stale_statistics", SMALL)
    plant(server, "UPDATE t SET id = id + 1")
    count_now(server)
    finding = the_fault(server, "stale_statistics", SMALL)
    assert finding.evidence["changed"] == 3000


def test_finds_a_partitioned_table_without_statistics_of_the_whole(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE whole (id int) PARTITION BY RANGE (id);"
        "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (10000);"
        "INSERT INTO whole SELECT generate_series(1, 3000)",
    )
    count_now(server)
    plant(server, "ANALYZE part")
    count_now(server)
    finding = the_fault(server, "stale_statistics", SMALL)
    assert finding.subject == "public.whole"
    plant(server, finding.cure or "")
    count_now(server)
    assert not bad(server, "stale_statistics", SMALL)


ADDRESSES = (
    "CREATE TABLE address (id int PRIMARY KEY, city text, zip int);"
    "INSERT INTO address SELECT i, 'city ' || i % 100, {zip} FROM generate_series(1, 20000) AS i; ANALYZE address"
)


def test_finds_columns_that_belong_together_and_its_cure_mends_it(server: Engine) -> None:
    plant(server, ADDRESSES.format(zip="i % 100"))
    plant(server, "SELECT * FROM address WHERE city = 'Turin' AND zip = 7")
    finding = the_fault(server, "extended_statistics", SMALL)
    assert finding.subject == "public.address (city, zip)"
    assert finding.evidence["found"] == pytest.approx(200, rel=0.1)
    assert finding.evidence["expected"] == pytest.approx(2, abs=1)
    assert "city 1" not in finding.sentence  # values of the application's rows are nobody's business
    for statement in (finding.cure or "").rstrip(";").split("; "):
        plant(server, statement)
    assert not bad(server, "extended_statistics", SMALL)
    plan = str(value(server, "EXPLAIN (FORMAT JSON) SELECT FROM address WHERE city = 'city 7' AND zip = 7"))
    assert int(plan.partition("'Plan Rows': ")[2].partition(",")[0]) == pytest.approx(200, rel=0.2)


@pytest.mark.parametrize(
    ("zip_of", "statement"),
    [
        ("i / 100 % 100", "SELECT * FROM address WHERE city = 'Turin' AND zip = 7"),
        ("i % 100", "SELECT * FROM address WHERE city = 'Turin'"),
        ("i % 100", "SELECT * FROM address WHERE city = 'Turin' OR zip = 7"),
        ("i % 100", "SELECT * FROM address WHERE id = 7 AND zip = 7"),
    ],
    ids=["independent", "one column", "not both at once", "a key"],
)
def test_columns_that_are_judged_well_or_not_compared_are_left_alone(
    server: Engine, zip_of: str, statement: str
) -> None:
    plant(server, ADDRESSES.format(zip=zip_of))
    plant(server, statement)
    assert not bad(server, "extended_statistics", SMALL)


def test_what_we_ask_ourselves_is_no_workload(server: Engine) -> None:
    plant(server, ADDRESSES.format(zip="i % 100"))
    plant(server, "SELECT /* celeriac:health */ * FROM address WHERE city = 'Turin' AND zip = 7")
    assert not bad(server, "extended_statistics", SMALL)


def test_names_that_need_quotes_are_quoted(server: Engine) -> None:
    plant(
        server,
        'CREATE TABLE "a:b" ("c:d" int, "e%f" int);'
        'INSERT INTO "a:b" SELECT i % 100, i % 100 FROM generate_series(1, 20000) AS i; ANALYZE "a:b"',
    )
    plant(server, 'SELECT * FROM "a:b" WHERE "c:d" = 1 AND "e%f" = 1')
    finding = the_fault(server, "extended_statistics", SMALL)
    for statement in (finding.cure or "").rstrip(";").split("; "):
        plant(server, statement)
    assert not bad(server, "extended_statistics", SMALL)


def test_finds_updates_that_write_every_index_for_lack_of_room(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE t (id int PRIMARY KEY, a int, pad text) WITH (autovacuum_enabled = off);"
        "INSERT INTO t SELECT i, 0, repeat('x', 200) FROM generate_series(1, 2000) AS i",
    )
    plant(server, "UPDATE t SET a = 1")
    count_now(server)
    finding = the_fault(server, "hot_updates", SMALL)
    assert (finding.subject, finding.evidence["updates"]) == ("public.t", 2000)
    assert "fillfactor = 90" in (finding.cure or "")


def test_updates_that_stay_on_their_page_are_left_alone(server: Engine) -> None:
    plant(
        server,
        "CREATE TABLE t (id int PRIMARY KEY, a int) WITH (fillfactor = 40, autovacuum_enabled = off);"
        "INSERT INTO t SELECT i, 0 FROM generate_series(1, 2000) AS i",
    )
    plant(server, "UPDATE t SET a = 1")
    count_now(server)
    assert not bad(server, "hot_updates", SMALL)


def test_a_published_table_without_key_is_critical(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int); CREATE PUBLICATION all_of_it FOR TABLE t")
    assert the_fault(server, "missing_primary_keys").severity == "critical"


def test_a_published_table_that_is_told_by_all_its_columns_is_no_more_than_keyless(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int); CREATE PUBLICATION p FOR TABLE t; ALTER TABLE t REPLICA IDENTITY FULL")
    assert the_fault(server, "missing_primary_keys").severity == "warning"


def test_finds_large_objects_that_nobody_can_refer_to(server: Engine) -> None:
    plant(server, "SELECT lo_create(0), lo_create(0)")
    assert the_fault(server, "orphaned_large_objects").evidence["objects"] == 2
    plant(server, "CREATE TABLE letter (id int PRIMARY KEY, attachment oid)")
    assert not bad(server, "orphaned_large_objects")
