from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from celeriac.indexes import catalog_state, ddl
from celeriac.indexes.build import Built, Failed, Interrupted, Postponed
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import changes, control
from celeriac.ledger.changes import ChangeMoved
from celeriac.supervision import waiters
from celeriac.supervision.outcome import Refused
from celeriac.supervision.sessions import Sessions

from .loop import BY_LOWER, BY_STATUS, BY_USER, TARGET, Loop, meanwhile, until

BUILDER = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"


def test_an_approved_change_becomes_a_valid_index_that_settles(loop: Loop):
    change = loop.built()
    assert loop.indexes() == [f"celeriac_{change.id}_jobs_user_id"]
    assert loop.story(change) == ["proposed", "approved", "baselined", "building", "settling"]
    assert change.size_bytes > 0
    assert change.undo_ddl == f'DROP INDEX CONCURRENTLY "public"."celeriac_{change.id}_jobs_user_id"'


@pytest.mark.parametrize(
    "definition",
    [
        BY_STATUS,
        BY_LOWER,
        IndexDefinition("public", "jobs", (KeyPart("status", descending=True, nulls_first=False),), include=("note",)),
        IndexDefinition("public", "jobs", (KeyPart("status", opclass="text_pattern_ops"), KeyPart("id")), where="id>5"),
        IndexDefinition("public", "jobs", (KeyPart("note", opclass="gin_trgm_ops"),), method="gin"),
        IndexDefinition("public", "jobs", (KeyPart("id"),), method="brin"),
        IndexDefinition("public", "jobs", (KeyPart("user_id % 7", is_expression=True),), where="note LIKE 'a%'"),
    ],
    ids=lambda definition: "-".join(definition.columns),
)
def test_what_the_server_rewrites_is_still_recognised_as_what_was_intended(loop: Loop, definition):
    assert loop.built(definition).state == "settling"


def test_an_index_on_an_expression_gets_statistics(loop: Loop):
    change = loop.built(BY_LOWER)
    assert loop.sql("SELECT count(*) FROM pg_stats WHERE tablename = :name", name=change.index_name) == 1


def test_the_intent_is_committed_before_the_build_begins(loop: Loop):
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"), meanwhile(lambda: loop.build(change)):
        intended = until(lambda: (now := loop.now(change)).state == "building" and now)
        assert intended.index_name == f"celeriac_{change.id}_jobs_user_id"
        assert loop.indexes() == []


def test_a_lock_that_is_held_ends_the_build_within_lock_timeout_and_leaves_nothing(loop: Loop):
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"):
        result = loop.build(change)
    assert isinstance(result, Postponed)
    assert "within lock_timeout" in result.reason
    assert (result.change.state, result.change.attempt) == ("approved", 1)
    assert loop.indexes() == []


def test_a_writer_that_leaves_late_lets_the_invalid_rest_be_dropped(loop: Loop):
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, meanwhile(lambda: loop.build(change)) as end:
        until(lambda: loop.sql(BUILDER))
        until(lambda: not loop.sql(BUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert loop.indexes() == []


def test_a_writer_that_stays_leaves_the_rest_to_reconcile(loop: Loop):
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        result = loop.build(change)
    assert isinstance(result, Interrupted)
    assert "the invalid index is not dropped yet" in result.reason
    assert loop.now(change).state == "building"


def test_after_the_last_attempt_it_fails_and_is_kept_out(loop: Loop):
    loop = loop.with_build(max_attempts=2)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"):
        postponed = loop.build(change)
        failed = loop.build(postponed.change)
    assert isinstance(failed, Failed)
    with loop.ledger() as ledger:
        again = changes.propose(ledger, proposal_of(change), actor="test", lasts=timedelta(days=1))
    assert "in quarantine until" in again.reason


def test_attempts_are_spaced_further_and_further(loop: Loop):
    loop = loop.with_build(retry_after=timedelta(minutes=5))
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"):
        first = loop.build(change).change
        second = loop.build(first).change
    assert (first.not_before - first.state_since).total_seconds() == pytest.approx(300, abs=1)
    assert (second.not_before - second.state_since).total_seconds() == pytest.approx(600, abs=1)
    with loop.ledger() as ledger:
        assert changes.ready(ledger, TARGET) == ()


def test_whoever_waits_behind_the_build_ends_it(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with (
        loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: loop.build(change)) as end,
    ):
        until(lambda: loop.sql(BUILDER))
        with meanwhile(lambda: loop.sql("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE")) as migration:
            until(lambda: not loop.sql(BUILDER))
            writer.rollback()
            migration()
        result = end()
    assert isinstance(result, Postponed)
    assert "waits for a lock because of us" in result.reason
    assert loop.invalid() == 0


def test_the_kill_switch_stops_a_running_build_and_counts_no_attempt(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer, meanwhile(lambda: loop.build(change)) as end:
        until(lambda: loop.sql(BUILDER))
        with loop.ledger() as ledger:
            control.pause(ledger, actor="anna", reason="a release is running")
        until(lambda: not loop.sql(BUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert "paused by anna: a release is running" in result.reason
    assert (result.change.attempt, loop.invalid()) == (0, 0)


def test_progress_names_the_phase_and_whom_it_waits_for(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    seen = []
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer:
        pid = writer.scalar(text("SELECT pg_backend_pid()"))
        with meanwhile(lambda: loop.build(change, report=seen.append)) as end:
            until(lambda: seen)
            writer.rollback()
            assert isinstance(end(), Built)
    assert seen[0].phase.startswith("waiting for writers")
    assert seen[0].waits_for == pid


def test_a_builder_whose_backend_is_terminated_is_left_to_reconcile(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), meanwhile(lambda: loop.build(change)) as end:
        pid = until(lambda: loop.sql(BUILDER))
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        result = end()
    assert isinstance(result, Interrupted)
    assert loop.now(change).state == "building"


def test_a_watcher_that_breaks_takes_the_build_with_it(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()

    def report(progress):
        raise KeyboardInterrupt

    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"), pytest.raises(KeyboardInterrupt):
        loop.build(change, report=report)
    assert loop.sql(BUILDER) is None
    assert loop.now(change).state == "building"


def test_the_session_is_given_back_as_it_was(loop: Loop):
    names = ("lock_timeout", "statement_timeout", "maintenance_work_mem", "max_parallel_maintenance_workers")
    before = [loop.sessions.ddl.scalar(text(f"SHOW {name}")) for name in names]
    loop.built()
    assert [loop.sessions.ddl.scalar(text(f"SHOW {name}")) for name in names] == before


def test_somebody_elses_index_of_that_name_is_not_touched(loop: Loop):
    change = loop.approved()
    name = f"celeriac_{change.id}_jobs_user_id"
    loop.sql(f"CREATE INDEX {name} ON jobs (note)")
    result = loop.build(change)
    assert isinstance(result, Failed)
    assert "was not touched" in result.reason
    assert loop.indexes() == [name]


def test_two_builders_never_work_on_one_target(loop: Loop):
    change = loop.approved()
    with loop.engine.connect() as other, sole_maker(other, TARGET, "public", "users") as alone:
        assert alone
        assert loop.build(change) == Refused("other builds", "another session of ours is changing this target")
    assert loop.now(change).state == "approved"


def test_a_change_that_moved_meanwhile_is_not_built(loop: Loop):
    change = loop.approved()
    loop.build(change)
    with pytest.raises(ChangeMoved, match="no longer approved but settling"):
        loop.with_guard(one_change_per_table=False).build(change)
    assert len(loop.indexes()) == 1


def test_a_worker_that_died_after_the_baseline_is_taken_up_again(loop: Loop):
    baselined = loop.set_state(loop.approved(), "baselined")
    assert isinstance(loop.build(baselined), Built)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("DROP TABLE jobs", "table public.jobs does not exist (any more)"),
        ("ALTER TABLE jobs RENAME TO work", "table public.jobs does not exist (any more)"),
        ("ALTER TABLE jobs RENAME COLUMN user_id TO owner_id", 'column "user_id" does not exist'),
        ("ALTER TABLE jobs ALTER COLUMN user_id TYPE json USING 'null'::json", "json has no default operator class"),
    ],
    ids=["dropped", "renamed", "column renamed", "type changed"],
)
def test_a_table_that_changed_since_fails_with_one_sentence(loop: Loop, harm, reason):
    change = loop.approved()
    loop.sql(harm)
    result = loop.build(change)
    assert isinstance(result, Failed)
    assert reason in result.reason
    assert "\n" not in result.reason
    assert (loop.now(change).state, loop.indexes()) == ("failed", [])


def test_another_table_that_took_its_name_gets_no_index(loop: Loop):
    change = loop.approved()
    change = loop.set_state(change, "approved", table_oid=loop.sql("SELECT 'jobs'::regclass::oid::bigint"))
    loop.sql("ALTER TABLE jobs RENAME TO jobs_of_old")
    loop.sql("CREATE TABLE jobs (LIKE jobs_of_old)")
    result = loop.build(change)
    assert isinstance(result, Failed)
    assert result.reason == "public.jobs is another table now than the one that the change was proposed for"
    assert loop.indexes() == []


def test_names_that_hold_a_keyword_are_known_again(loop: Loop):
    name = 'it"s USING btree ("id'
    loop.sql(f"CREATE TABLE {ddl.quote(name)} (id int)")
    assert loop.built(IndexDefinition("public", name, (KeyPart("id"),))).state == "settling"


def test_a_table_dropped_in_the_middle_fails_and_leaves_nothing(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with (
        # The rehearsal waits for the same lock, so the build begins when the table is gone.
        loop.session("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE", "DROP TABLE jobs") as migration,
        meanwhile(lambda: loop.build(change)) as end,
    ):
        migration.commit()
        assert isinstance(end(), Failed)


def test_a_view_is_refused(loop: Loop):
    loop.sql("CREATE VIEW seen AS SELECT * FROM jobs")
    result = loop.build(loop.approved(IndexDefinition("public", "seen", (KeyPart("id"),))))
    assert isinstance(result, Failed)
    assert result.reason == "public.seen is no table or materialized view: it takes no index"


def test_names_in_another_script_still_carry_our_mark(loop: Loop):
    loop.sql('CREATE TABLE "журнал" ("дата" int)')
    change = loop.built(IndexDefinition("public", "журнал", (KeyPart("дата"),)))
    assert loop.indexes() == [f"celeriac_{change.id}_index"]


def test_a_role_that_does_not_own_the_table_is_told_the_grant(loop: Loop, guest: Loop):
    result = guest.build(loop.approved())
    assert isinstance(result, Failed)
    owner = loop.sql("SELECT current_user")
    assert result.reason == f"role {GUEST} does not own public.jobs and may not index it: GRANT {owner} TO {GUEST}"


def test_a_role_that_may_not_create_is_told_the_grant(loop: Loop, guest: Loop):
    loop.sql(f"ALTER TABLE jobs OWNER TO {GUEST}")
    loop.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    result = guest.build(loop.approved())
    assert isinstance(result, Failed)
    assert result.reason.endswith(f"GRANT CREATE ON SCHEMA public TO {GUEST}")


def test_an_error_that_passes_is_no_failure(loop: Loop):
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"):
        result = loop.build(change)
    assert isinstance(result, Postponed)
    assert loop.now(change).state == "approved"


def test_the_bound_grows_with_the_index(loop: Loop):
    assert loop.policies.build.bound_s(None) == loop.policies.build.min_build_timeout_s
    assert loop.policies.build.bound_s(100 * 1024**3) == pytest.approx(4 * 10240)


def test_a_build_that_exceeds_its_bound_is_ended_by_the_server(loop: Loop):
    loop = loop.with_build(min_build_timeout_s=1, lock_timeout_ms=20_000)
    change = loop.approved()
    loop.sql("UPDATE celeriac.change SET size_bytes_estimated = 0")
    with (
        loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: loop.build(loop.now(change))) as end,
    ):
        until(lambda: loop.sql(BUILDER))
        until(lambda: not loop.sql(BUILDER))
        writer.rollback()
        result = end()
    assert isinstance(result, Postponed)
    assert "statement timeout" in result.reason
    assert loop.invalid() == 0


GUEST = "celeriac_test_guest"


@pytest.fixture
def guest(loop: Loop):
    """The same loop as a role that owns nothing on the target; the ledger stays the owner's."""
    loop.sql(f"DROP ROLE IF EXISTS {GUEST}")
    loop.sql(f"CREATE ROLE {GUEST} LOGIN PASSWORD 'guest'")
    url = make_url(loop.engine.url).set(username=GUEST, password="guest")
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as ddl, engine.connect() as watch:
        yield replace(loop, sessions=Sessions(ddl, watch, loop.engine.begin))
    engine.dispose()
    loop.sql(f"DROP OWNED BY {GUEST}")
    loop.sql(f"DROP ROLE {GUEST}")


def proposal_of(change: changes.Change) -> changes.Proposal:
    return changes.Proposal(
        target=change.target,
        kind=change.kind,
        schema_name=change.schema_name,
        table_name=change.table_name,
        identity=change.identity,
        definition=change.definition,
        ddl=change.ddl,
        origin=change.origin,
        reason=change.reason,
        promised=change.promised,
    )


def test_an_index_without_our_mark_is_never_seen(loop: Loop):
    loop.sql("CREATE INDEX somebodys ON jobs (note)")
    assert loop.indexes() == []
    assert catalog_state.observe(loop.sessions.watch, "public", "somebodys") is None
    assert BY_USER.columns == ("user_id",)


WAITS_TO_BUILD = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%celeriac:build%' AND wait_event_type = 'Lock'"


def test_a_lost_connection_never_frees_the_change_while_its_backend_may_build_on(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = loop.approved()
    with loop.session("LOCK TABLE jobs IN SHARE UPDATE EXCLUSIVE MODE"), meanwhile(lambda: loop.build(change)) as end:
        pid = until(lambda: loop.sql(WAITS_TO_BUILD))
        loop.sql("SELECT pg_terminate_backend(:pid)", pid=pid)
        result = end()
    assert isinstance(result, Interrupted)
    assert (loop.now(change).state, loop.indexes()) == ("building", [])


def test_who_waits_for_an_instant_as_every_writer_does_ends_no_build(loop: Loop):
    row = "UPDATE jobs SET note = 'x' WHERE id = 1"
    queued = "SELECT pid FROM pg_locks WHERE NOT granted AND locktype = :kind"
    with loop.session(row) as first, meanwhile(lambda: loop.sql(row)) as second, meanwhile(lambda: loop.sql(row)):
        owner = first.scalar(text("SELECT pg_backend_pid()"))
        next_ = until(lambda: loop.sql(queued, kind="transactionid"))
        until(lambda: loop.sql(queued, kind="tuple"))
        assert waiters.read(loop.sessions.watch, owner) == (next_,)
        assert waiters.read(loop.sessions.watch, next_) == ()
        first.rollback()
        second()
