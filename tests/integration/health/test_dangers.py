"""What ends a service where nobody looks: numbers that run out, partitions, archives, slots, orders of text."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from celeriac.health.policy import HealthPolicy
from sandbox.postgres import PostgresServer

from .looking import bad, look, plant, the_fault, until, value, version

OLD_TRANSACTIONS = (
    "UPDATE pg_database SET datfrozenxid = ((txid_current() - {age} + 4294967296) % 4294967296)::text::xid"
    " WHERE datname = current_database()"
)
OLD_TABLE = (
    "UPDATE pg_class SET relfrozenxid = ((txid_current() - {age} + 4294967296) % 4294967296)::text::xid"
    " WHERE oid = 't'::regclass"
)
OLD_MULTIXACTS = (
    "UPDATE pg_database SET datminmxid = (4294967296 - {age})::text::xid WHERE datname = current_database()"
)


@pytest.mark.parametrize(("age", "severity"), [(700_000_000, "warning"), (1_700_000_000, "critical")])
def test_finds_transaction_numbers_that_are_not_frozen(server: Engine, age: int, severity: str) -> None:
    plant(server, "CREATE TABLE t (a int)")
    finding = the_fault(server, "wraparound", first=[OLD_TRANSACTIONS.format(age=age), OLD_TABLE.format(age=age)])
    assert (finding.severity, finding.subject) == (severity, f"{server.url.database} (transactions)")
    assert finding.evidence["age"] == pytest.approx(age, abs=1000)
    assert finding.cure == "VACUUM (FREEZE, VERBOSE) t;"


def test_finds_multixacts_that_are_not_frozen(server: Engine) -> None:
    finding = the_fault(server, "wraparound", first=[OLD_MULTIXACTS.format(age=800_000_000)])
    assert finding.subject == f"{server.url.database} (multixacts)"


def test_a_server_that_is_set_to_freeze_late_is_judged_by_its_own_measure(server: Engine) -> None:
    policy = HealthPolicy(wraparound_warning_age=100_000_000)
    assert not bad(server, "wraparound", policy, first=[OLD_TRANSACTIONS.format(age=210_000_000)])
    assert bad(server, "wraparound", policy, first=[OLD_TRANSACTIONS.format(age=230_000_000)])


WITH_ICU = "SELECT count(*) > 5 FROM pg_collation WHERE collprovider = 'i'"  # a build without it still lists one

PARTITIONED = "CREATE TABLE visit (at {type} NOT NULL) PARTITION BY RANGE (at);"
LAST = (
    "DO $$ BEGIN EXECUTE format('CREATE TABLE visit_last PARTITION OF visit FOR VALUES FROM (%L) TO (%L)',"
    " date_trunc('day', now()) + {begins}, date_trunc('day', now()) + {ends}); END $$;"
)


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_finds_that_no_partition_is_there_for_what_comes_and_its_cure_makes_it(server: Engine, kind: str) -> None:
    plant(server, PARTITIONED.format(type=kind) + last("-'27 days'::interval", "'3 days'::interval"))
    finding = the_fault(server, "partitions_ahead")
    assert (finding.severity, finding.subject) == ("warning", "public.visit")
    assert 48 <= finding.evidence["hours_left"] <= 72
    plant(server, finding.cure or "")
    assert not bad(server, "partitions_ahead")
    plant(server, "INSERT INTO visit VALUES (now() + '4 days'::interval)")


def test_a_partition_that_ended_refuses_rows_now(server: Engine) -> None:
    plant(server, PARTITIONED.format(type="date") + last("-'8 days'::interval", "-'1 day'::interval"))
    finding = the_fault(server, "partitions_ahead")
    assert finding.severity == "critical"
    assert finding.sentence.endswith("now rows are refused.")


def test_rows_in_the_default_partition_are_told(server: Engine) -> None:
    plant(
        server,
        PARTITIONED.format(type="date")
        + last("-'10 years'::interval", "'10 years'::interval")
        + "CREATE TABLE visit_rest PARTITION OF visit DEFAULT;"
        "INSERT INTO visit VALUES ('2000-01-01'); ANALYZE visit_rest",
    )
    finding = the_fault(server, "partitions_ahead")
    assert (finding.subject, finding.evidence["rows"]) == ("public.visit_rest", 1)


@pytest.mark.parametrize(
    "partition",
    [
        "CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2001-01-01') TO ('2002-01-01')",
        "CREATE TABLE visit_all PARTITION OF visit FOR VALUES FROM ('2001-01-01') TO (MAXVALUE)",
    ],
    ids=["a history that ended", "one that never ends"],
)
def test_a_table_that_needs_no_further_partition_is_left_alone(server: Engine, partition: str) -> None:
    plant(server, PARTITIONED.format(type="date") + partition)
    assert not bad(server, "partitions_ahead")


def test_finds_an_integer_key_that_ends_before_its_sequence(server: Engine) -> None:
    plant(
        server, "CREATE TABLE t (id int PRIMARY KEY); CREATE SEQUENCE s OWNED BY t.id; SELECT setval('s', 2000000000)"
    )
    finding = the_fault(server, "sequences")
    assert finding.evidence["limit_value"] == 2_147_483_647
    assert "public.t.id" in f"public.{finding.cure}".replace("-- Widen ", "")


def test_sequences_that_may_not_be_read_are_said_to_be_skipped(server: Engine) -> None:
    plant(server, "CREATE SEQUENCE s; SELECT nextval('s')")
    (finding,) = look(server, "sequences", first=["CREATE ROLE health_blind", "SET LOCAL ROLE health_blind"])
    assert (finding.severity, finding.subject) == ("skipped", "unreadable sequences")
    assert finding.cure == "GRANT SELECT ON SEQUENCE public.s TO health_blind;"


def test_finds_settings_under_which_a_crash_destroys_data_and_its_cure_mends_it(server: Engine) -> None:
    finding = the_fault(server, "durability")
    assert (finding.severity, finding.subject) == ("critical", "fsync")
    with altered(server, *(finding.cure or "").split(";")[:1], back="ALTER SYSTEM SET fsync = off"):
        assert until(lambda: not bad(server, "durability"))


def test_finds_that_wal_does_not_reach_its_archive(server: Engine) -> None:
    plant(server, "CREATE TABLE t (a int)")
    assert not bad(server, "failed_archiving")
    with altered(
        server, "ALTER SYSTEM SET archive_command = 'false'", back="ALTER SYSTEM SET archive_command = 'true'"
    ):
        until(lambda: value(server, "SHOW archive_command") == "false")
        switch(server)
        (finding,) = until(lambda: bad(server, "failed_archiving"))
        assert finding.severity == "critical"
    switch(server)
    assert until(lambda: not bad(server, "failed_archiving"))


def test_finds_a_slot_that_keeps_wal_for_nobody_and_its_cure_frees_it(server: Engine) -> None:
    plant(server, "SELECT pg_create_physical_replication_slot('left', true)")
    try:
        switch(server)
        finding = the_fault(server, "inactive_slots")
        assert (finding.severity, finding.subject) == ("warning", "'left'")
        assert finding.evidence["kept_bytes"] > 0
        assert the_fault(server, "inactive_slots", HealthPolicy(slot_critical_bytes=1)).severity == "critical"
    finally:
        plant(server, "SELECT pg_drop_replication_slot('left')")
    assert not bad(server, "inactive_slots")


def test_finds_wal_that_something_keeps(server: Engine) -> None:
    assert not bad(server, "wal_kept")
    plant(server, "SELECT pg_create_physical_replication_slot('keeps', true)")
    small = "ALTER SYSTEM SET max_wal_size = '32MB'"
    try:
        with altered(server, small, back="ALTER SYSTEM RESET max_wal_size"):
            until(lambda: value(server, "SHOW max_wal_size") == "32MB")
            for _ in range(6):
                switch(server)
            assert the_fault(server, "wal_kept").evidence["size_bytes"] > 64 * 1024 * 1024
    finally:
        plant(server, "SELECT pg_drop_replication_slot('keeps')")


def test_a_slot_whose_wal_is_lost_is_of_no_use(server: Engine) -> None:
    plant(server, "SELECT pg_create_physical_replication_slot('lost', true)")
    limit = "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'"
    try:
        with altered(server, limit, back="ALTER SYSTEM RESET max_slot_wal_keep_size"):
            until(lambda: value(server, "SHOW max_slot_wal_keep_size") == "1MB")
            for _ in range(3):
                switch(server)
            plant(server, "CHECKPOINT")
            finding = the_fault(server, "inactive_slots")
    finally:
        plant(server, "SELECT pg_drop_replication_slot('lost')")
    assert finding.severity == "critical"
    assert "of no use" in finding.sentence


def test_a_slot_that_was_never_used_keeps_nothing(server: Engine) -> None:
    plant(server, "SELECT pg_create_physical_replication_slot('new')")
    found = bad(server, "inactive_slots")
    plant(server, "SELECT pg_drop_replication_slot('new')")
    assert not found


def test_finds_tables_that_replicas_do_not_have(server: Engine) -> None:
    plant(server, "CREATE UNLOGGED TABLE t (a int)")
    assert not bad(server, "unlogged_tables")
    plant(server, "SELECT pg_create_physical_replication_slot('standby', true)")
    try:
        finding = the_fault(server, "unlogged_tables")
        assert finding.subject == "public.t"
        plant(server, finding.cure or "")
        assert not bad(server, "unlogged_tables")
    finally:
        plant(server, "SELECT pg_drop_replication_slot('standby')")


def test_finds_a_setting_that_waits_for_a_restart(server: Engine) -> None:
    with altered(server, "ALTER SYSTEM SET max_wal_senders = 11", back="ALTER SYSTEM SET max_wal_senders = 10"):
        (finding,) = until(lambda: bad(server, "pending_restart"))
        assert finding.subject == "max_wal_senders"
    assert until(lambda: not bad(server, "pending_restart"))


def test_finds_an_order_of_text_that_changed_under_an_index(server: Engine) -> None:
    if not value(server, WITH_ICU):
        pytest.skip("this PostgreSQL was built without ICU")
    plant(server, "CREATE COLLATION german (provider = icu, locale = 'de'); CREATE TABLE t (a text COLLATE german)")
    older = "UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'german'"
    assert not bad(server, "collation_versions", first=[older])
    plant(server, "CREATE INDEX ON t (a)")
    finding = the_fault(server, "collation_versions", first=[older])
    assert (finding.severity, finding.subject) == ("critical", "collation german")
    assert finding.cure == f"REINDEX DATABASE {server.url.database}; ALTER collation german REFRESH VERSION;"
    with server.connect() as connection:
        connection.execute(text(older))
        connection.execute(text("ALTER collation german REFRESH VERSION"))


def test_finds_that_the_order_of_the_database_itself_changed(server: Engine, health_server: PostgresServer) -> None:
    if not value(server, WITH_ICU):
        pytest.skip("this PostgreSQL was built without ICU")
    if version(server) < 15:
        pytest.skip("a database has a version of its order, and one of ICU, since PostgreSQL 15")
    plant(server, "CREATE DATABASE german TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C.UTF-8'")
    german = create_engine(health_server.url("german"), poolclass=NullPool)
    try:
        older = "UPDATE pg_database SET datcollversion = '0.1' WHERE datname = 'german'"
        finding = the_fault(german, "collation_versions", first=[older])
        assert finding.subject == "database german"
        assert not bad(german, "collation_versions")
    finally:
        german.dispose()
        plant(server, "DROP DATABASE german")


def last(begins: str, ends: str) -> str:
    return LAST.format(begins=begins, ends=ends)


def switch(server: Engine) -> None:
    """Begin another segment: an unused one is not left."""
    plant(server, "CREATE TABLE IF NOT EXISTS written (a int)")
    plant(server, "INSERT INTO written VALUES (1)")
    plant(server, "SELECT pg_switch_wal()")


@contextmanager
def altered(server: Engine, statement: str, *, back: str) -> Iterator[None]:
    plant(server, statement)
    plant(server, "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        plant(server, back)
        plant(server, "SELECT pg_reload_conf()")
