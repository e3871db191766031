from dataclasses import replace

import pytest
from sqlalchemy import text

from celeriac.indexes import catalog_state, reconcile, revert
from celeriac.indexes.build import Built, Failed, Interrupted, Postponed
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.revert import Reverted
from celeriac.ledger import changes, control
from celeriac.supervision.sessions import Sessions

from .loop import TARGET, Loop, meanwhile, until

EVENTS = """
    CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO events SELECT i, date '2024-01-01' + i % 700, 'k' || i % 9 FROM generate_series(1, 5000) i;
    ANALYZE events;
"""
BY_KIND = IndexDefinition("public", "events", (KeyPart("kind"),))
BUILDER = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"
DETACHED = "SELECT count(*) FROM pg_index WHERE indrelid = 'events_old'::regclass"
PARTS = "SELECT count(*) FROM pg_class WHERE relkind IN ('i', 'I') AND relname ~ '^celeriac_'"


@pytest.fixture
def events(loop: Loop) -> Loop:
    loop.sql(EVENTS)
    return loop


def test_a_partitioned_table_gets_its_index_partition_by_partition(events: Loop):
    told = []
    events = events.with_build(poll_s=0.001)
    result = events.build(events.approved(BY_KIND), report=told.append)
    assert isinstance(result, Built)
    change = result.change
    assert events.indexes() == [f"celeriac_{change.id}_events_kind"]
    assert (events.sql(PARTS), events.invalid()) == (3, 0)
    assert change.ddl.startswith(f'CREATE INDEX "celeriac_{change.id}_events_kind" ON ONLY "public"."events"')
    assert change.undo_ddl == f'DROP INDEX "public"."celeriac_{change.id}_events_kind"'
    assert change.size_bytes > 0
    assert all(progress.phase.startswith("partition ") for progress in told)


def test_scans_of_its_parts_are_its_scans(events: Loop):
    change = events.built(BY_KIND)
    with events.session("SET enable_seqscan = off", "SELECT count(*) FROM events WHERE kind = 'k1'") as reader:
        reader.rollback()
    index = until(lambda: (seen := observe(events, change)) and seen.scans and seen)
    assert index.scans >= 2


def test_nested_partitions_are_covered(events: Loop):
    events.sql("CREATE TABLE events_next PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
               " PARTITION BY LIST (kind)")  # fmt: skip
    events.sql("CREATE TABLE events_next_a PARTITION OF events_next FOR VALUES IN ('a')")
    events.sql("CREATE TABLE events_next_b PARTITION OF events_next DEFAULT")
    events.built(BY_KIND)
    assert (events.sql(PARTS), events.invalid()) == (6, 0)


def test_a_partition_added_later_is_covered_by_the_parents_index(events: Loop):
    change = events.built(BY_KIND)
    events.sql("CREATE TABLE events_next PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    assert events.sql("SELECT count(*) FROM pg_index WHERE indrelid = 'events_next'::regclass AND indisvalid") == 1
    assert reconcile.reconcile(events.sessions, TARGET, events.policies) == ()
    assert observe(events, change).valid


def test_a_partition_attached_while_we_build_is_noticed(events: Loop):
    events = events.with_build(lock_timeout_ms=20_000)
    events.sql("CREATE TABLE events_next (LIKE events)")
    events.sql("INSERT INTO events_next SELECT 1, '2026-05-05', 'k1'")
    change = events.approved(BY_KIND)
    with (
        events.session("LOCK TABLE events_new IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: events.build(change)) as end,
    ):
        until(lambda: events.sql(BUILDER))
        events.sql("ALTER TABLE events ATTACH PARTITION events_next FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
        writer.rollback()
        result = end()
    assert isinstance(result, Built)
    assert events.sql("SELECT count(*) FROM pg_index WHERE indrelid = 'events_next'::regclass AND indisvalid") == 1


def test_a_builder_that_dies_is_followed_by_one_that_goes_on(events: Loop):
    events = events.with_build(lock_timeout_ms=20_000)
    change = events.approved(BY_KIND)
    with events.session("LOCK TABLE events_old IN ROW EXCLUSIVE MODE") as writer:
        with meanwhile(lambda: events.build(change)) as end:
            pid = until(lambda: (pid := events.sql(BUILDER)) and events.sql("SELECT to_regclass('events_new')") and pid)
            events.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
            assert isinstance(end(), Interrupted)
        writer.rollback()
    first = oids(events)
    assert events.now(change).state == "building"
    events = renewed(events)
    steps = reconcile.reconcile(events.sessions, TARGET, events.policies)
    assert [(step.action, events.now(change).state) for step in steps] == [("retry", "approved")]
    assert reconcile.reconcile(events.sessions, TARGET, events.policies) == ()
    result = events.build(events.now(change))
    assert isinstance(result, Built)
    assert set(first) & set(oids(events))  # what was valid was not built again
    assert (events.sql(PARTS), events.invalid()) == (3, 0)


def test_a_lock_that_is_held_postpones_and_keeps_what_is_done(events: Loop):
    change = events.approved(BY_KIND)
    with events.session("LOCK TABLE events_old IN SHARE UPDATE EXCLUSIVE MODE"):
        result = events.build(change)
    assert isinstance(result, Postponed)
    assert (result.change.attempt, events.sql(PARTS)) == (0, 2)  # one partition was finished: no failed attempt
    assert isinstance(events.build(result.change), Built)


def test_the_kill_switch_stops_between_partitions(events: Loop):
    events = events.with_build(lock_timeout_ms=20_000)
    change = events.approved(BY_KIND)
    with (
        events.session("LOCK TABLE events_new IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: events.build(change)) as end,
    ):
        until(lambda: events.sql(BUILDER))
        with events.ledger() as ledger:
            control.pause(ledger, actor="anna", reason="a release is running")
        until(lambda: not events.sql(BUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert "paused by anna" in result.reason


def test_a_guard_holds_for_each_partition(events: Loop):
    change = events.approved(BY_KIND)
    for number in range(3):
        events.sql(f"CREATE INDEX somebodys_{number} ON events_old (id, kind)")
    result = events.with_guard(max_indexes_per_table=3).build(change)
    assert isinstance(result, Postponed)
    assert result.reason == "stopped: 1 of 2 partitions are done; the table has 3 indexes; the limit is 3"


def test_a_foreign_partition_fails_with_one_sentence(events: Loop):
    events.sql("CREATE EXTENSION IF NOT EXISTS postgres_fdw")
    events.sql("CREATE SERVER IF NOT EXISTS away FOREIGN DATA WRAPPER postgres_fdw")
    events.sql("CREATE FOREIGN TABLE events_away PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')"
               " SERVER away")  # fmt: skip
    result = events.build(events.approved(BY_KIND))
    events.sql("DROP SERVER away CASCADE")
    assert isinstance(result, Failed)
    assert result.reason.startswith("partition public.events_away is a foreign table")
    assert events.sql(PARTS) == 0


def test_undoing_drops_every_part(events: Loop):
    change = events.built(BY_KIND)
    result = revert.revert(events.sessions, change, events.policies, reason="no use")
    assert isinstance(result, Reverted)
    assert events.sql(PARTS) == 0


def test_undoing_gives_way_to_who_uses_the_table(events: Loop):
    change = events.built(BY_KIND)
    with events.session("SELECT count(*) FROM events"):
        refused = revert.revert(events.sessions, change, events.policies, reason="no use")
    assert "lock timeout" in refused.reason
    assert (events.now(change).state, events.sql(PARTS), events.invalid()) == ("reverting", 3, 0)


def test_what_a_closed_change_left_on_partitions_is_swept(events: Loop):
    change = events.approved(BY_KIND)
    with events.session("LOCK TABLE events_old IN SHARE UPDATE EXCLUSIVE MODE"):
        postponed = events.build(change)
    with events.ledger() as ledger:
        changes.transition(ledger, postponed.change, "reject", actor="anna", reason="not wanted")
    events.sql(f"CREATE INDEX celeriac_{change.id}__1_events_old ON events_old (kind)")
    steps = reconcile.reconcile(events.sessions, TARGET, events.policies)
    assert [step.action for step in steps] == ["clear", "clear"]
    assert events.sql(PARTS) == 0


def test_a_table_without_partitions_is_done_at_once(loop: Loop):
    loop.sql("CREATE TABLE events (id int, kind text) PARTITION BY RANGE (id)")
    assert loop.built(BY_KIND).state == "settling"


def test_a_partition_dropped_in_the_middle_is_no_loss(events: Loop):
    events = events.with_build(lock_timeout_ms=20_000)
    change = events.approved(BY_KIND)
    with (
        events.session("LOCK TABLE events_new IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: events.build(change)) as end,
    ):
        until(lambda: events.sql(BUILDER))
        events.sql("ALTER TABLE events DETACH PARTITION events_old")
        writer.rollback()
        result = end()
    if isinstance(result, Postponed):  # the partition went while its part was in hand
        result = events.build(result.change)
    assert isinstance(result, Built)
    reconcile.reconcile(events.sessions, TARGET, events.policies)
    assert (events.sql(PARTS), events.invalid()) == (2 + events.sql(DETACHED), 0)


def observe(loop: Loop, change):
    return catalog_state.observe(loop.sessions.watch, "public", change.index_name)


def oids(loop: Loop) -> list[int]:
    with loop.engine.connect() as connection:
        valid = "SELECT indexrelid::bigint FROM pg_index WHERE indisvalid AND indexrelid::regclass::text ~ '^celeriac_'"
        return list(connection.scalars(text(valid)))


def renewed(loop: Loop) -> Loop:
    """The same loop with a new DDL session, as a new worker has."""
    ddl = loop.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    return replace(loop, sessions=Sessions(ddl, loop.sessions.watch, loop.engine.begin))


def test_a_detached_partition_keeps_its_index(events: Loop):
    events.built(BY_KIND)
    events.sql("ALTER TABLE events DETACH PARTITION events_old")
    assert reconcile.reconcile(events.sessions, TARGET, events.policies) == ()
    assert events.sql(DETACHED) == 1
