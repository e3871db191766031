"""Bringing back: the exact former index, by the build path, whatever happened meanwhile."""

import pytest
from sqlalchemy import text

from celeriac.indexes import drop, revert, undo
from celeriac.indexes.build import Failed
from celeriac.indexes.drop import restoring
from celeriac.indexes.sessions import sole_maker
from celeriac.ledger import changes, clock, control, quarantine
from celeriac.ledger.changes import Change
from celeriac.ledger.states import ForbiddenTransition
from celeriac.supervision.outcome import Refused

from ..loop import TARGET, Loop, meanwhile, until
from ..test_bad_input import full_disk  # noqa: F401 - a fixture
from .test_propose import WIDER_DEFINITION
from .words import BY_USER, definition, dropped, gone, half_drop, kept, proposed, there, unused, watched

RICH = (
    "CREATE INDEX \"Jobs of 'user'\" ON jobs (lower(status) DESC, user_id) INCLUDE (note)"
    " WITH (fillfactor = '70') WHERE status = 'failed' AND note <> ' WHERE x; '"
)
BUILDER = "SELECT pid FROM pg_stat_progress_create_index WHERE command = 'CREATE INDEX CONCURRENTLY'"


def begun(loop: Loop, change: Change, actor: str = "anna") -> Change:
    with loop.ledger() as ledger:
        return restoring.begin(ledger, change, actor=actor, reason="reports are slow", policy=loop.policies.loop)


def restored(loop: Loop, change: Change, **given) -> restoring.Result:
    return drop.restore(loop.sessions, change, loop.policies, **given)


@pytest.mark.parametrize("state", ["drop_verifying", "dropped"])
def test_the_index_is_back_and_its_drop_is_kept_out(loop: Loop, state):
    change = unused(loop)
    was = definition(loop)
    change = begun(loop, loop.set_state(gone(loop, change), state))
    assert change.state == "restoring"
    result = restored(loop, change)
    assert isinstance(result, drop.Restored)
    assert (definition(loop), result.change.state) == (was, "restored")
    with loop.ledger() as ledger:
        assert [one.reason for one in quarantine.active(ledger, TARGET)] == ["reports are slow"]
    assert proposed(loop)[0] == ()


def test_what_create_index_cannot_say_is_back_as_well(loop: Loop):
    name = "\"Jobs of 'user'\""
    loop.sql(RICH)
    loop.sql(f"COMMENT ON INDEX {name} IS 'it''s for the auditors'")
    loop.sql(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 400")
    facts = (
        "SELECT pg_get_indexdef(c.oid) || obj_description(c.oid, 'pg_class') || a.attstattarget"
        " FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1 WHERE relname ~ '^Jobs'"
    )
    was = loop.sql(facts)
    change = gone(loop, _unused_by(loop))
    assert loop.sql(facts) is None
    assert isinstance(restored(loop, begun(loop, change)), drop.Restored)
    assert loop.sql(facts) == was
    assert loop.sql("SELECT count(*) FROM pg_stats WHERE tablename ~ '^Jobs'") == 1  # analyzed


def _unused_by(loop: Loop) -> Change:

    watched(loop)
    ((change,), _) = proposed(loop)
    return loop.approve(change, "anna")


def test_the_undo_in_the_ledger_runs_as_it_is(loop: Loop):
    loop.sql(RICH)
    loop.sql("COMMENT ON INDEX \"Jobs of 'user'\" IS 'x'")
    change = gone(loop, _unused_by(loop))
    session = loop.sessions.ddl
    for statement in change.undo_ddl.split(";\n"):
        session.exec_driver_sql(statement)
    assert loop.sql("SELECT count(*) FROM pg_class WHERE relname ~ '^Jobs' AND obj_description(oid) = 'x'") == 1


def test_the_tablespace_comes_before_the_predicate(loop: Loop):
    session = loop.sessions.ddl
    session.execute(text("SET allow_in_place_tablespaces = on"))
    session.execute(text("CREATE TABLESPACE celeriac_elsewhere LOCATION ''"))
    try:
        loop.sql("CREATE INDEX jobs_user ON jobs (user_id) TABLESPACE celeriac_elsewhere WHERE status = 'failed'")
        change = gone(loop, _unused_by(loop))
        assert " TABLESPACE \"celeriac_elsewhere\" WHERE (status = 'failed'::text)" in change.undo_ddl
        assert isinstance(restored(loop, begun(loop, change)), drop.Restored)
        where = "SELECT spcname FROM pg_class AS c JOIN pg_tablespace AS t ON t.oid = c.reltablespace WHERE relname = 'jobs_user'"  # noqa: E501
        assert loop.sql(where) == "celeriac_elsewhere"
    finally:
        loop.sql("DROP TABLE jobs")
        session.execute(text("DROP TABLESPACE celeriac_elsewhere"))


def test_what_was_never_dropped_cannot_be_brought_back(loop: Loop):
    with pytest.raises(ForbiddenTransition, match="approved cannot restore; it can: reject, lapse, drop, fail, vanish"):
        begun(loop, unused(loop))


def test_a_table_that_was_renamed_takes_its_index_back(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql("ALTER TABLE jobs RENAME TO work")
    try:
        assert isinstance(restored(loop, change), drop.Restored)
        assert definition(loop) == "CREATE INDEX jobs_user ON public.work USING btree (user_id)"
    finally:
        loop.sql("ALTER TABLE work RENAME TO jobs")


def test_a_column_whose_type_changed_takes_its_index_back(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql("ALTER TABLE jobs ALTER user_id TYPE bigint")
    assert isinstance(restored(loop, change), drop.Restored)


@pytest.mark.parametrize(
    ("meantime", "reason"),
    [
        ("DROP TABLE jobs", "table public.jobs is gone, and its indexes with it"),
        ("ALTER TABLE jobs DROP COLUMN user_id", 'column "user_id" does not exist'),
        ("CREATE INDEX jobs_user ON jobs (note)", "another index is called jobs_user now; it was not touched"),
        ("CREATE VIEW jobs_user AS SELECT 1", 'relation "jobs_user" already exists'),
    ],
    ids=["table", "column", "name taken by an index", "name taken"],
)
def test_what_cannot_come_back_ends_with_one_sentence_and_nothing_left(loop: Loop, meantime: str, reason: str):
    change = begun(loop, gone(loop))
    loop.sql(meantime)
    try:
        result = restored(loop, change)
        assert isinstance(result, Failed)
        assert (result.reason, loop.now(change).state, loop.invalid()) == (reason, "failed", 0)
    finally:
        loop.sql("DROP VIEW IF EXISTS jobs_user") if "VIEW" in meantime else None


def test_who_made_it_again_was_faster(loop: Loop):
    change = begun(loop, gone(loop))
    loop.sql(BY_USER)
    result = restored(loop, change)
    assert isinstance(result, drop.Restored)
    assert loop.story(change)[-1] == "restored"


def test_a_half_drop_is_undone(loop: Loop):
    change = unused(loop)
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        dropped(loop, change)
    assert loop.invalid() == 1
    assert isinstance(restored(loop, begun(loop, loop.now(change))), drop.Restored)
    assert (loop.invalid(), there(loop)) == (0, True)


def test_a_half_built_restoration_is_begun_again(loop: Loop):
    change = begun(loop, gone(loop))
    loop.leave_invalid("jobs_user")
    assert isinstance(restored(loop, change), drop.Restored)
    assert loop.invalid() == 0


def test_a_writer_that_stays_is_waited_for_and_nothing_invalid_stays(loop: Loop):
    change = begun(loop, gone(loop))
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        refused = restored(loop, change)
    assert isinstance(refused, Refused)
    assert "a lock could not be had within lock_timeout" in refused.reason
    assert loop.now(change).state == "restoring"
    assert isinstance(restored(loop, loop.now(change)), drop.Restored)
    assert loop.invalid() == 0


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_postpones_and_leaves_nothing(loop: Loop):
    loop.sql("DROP INDEX IF EXISTS jobs_user")
    change = begun(loop, gone(loop, unused(loop, "CREATE INDEX jobs_user ON jobs (id, status)")))
    refused = restored(loop, change)
    assert isinstance(refused, Refused)
    assert "No space left on device" in refused.reason
    assert (loop.now(change).state, there(loop)) == ("restoring", False)


def test_the_kill_switch_stops_it_unless_a_person_asks(loop: Loop):
    change = begun(loop, gone(loop))
    with loop.ledger() as ledger:
        control.pause(ledger, actor="anna", reason="an incident")
    refused = restored(loop, change)
    assert isinstance(refused, Refused)
    assert refused.guard == "paused"
    assert isinstance(restored(loop, loop.now(change), by_person=True), drop.Restored)


def test_the_kill_switch_stops_one_that_runs(loop: Loop):
    loop = loop.with_build(lock_timeout_ms=20_000)
    change = begun(loop, gone(loop))
    with (
        loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE") as writer,
        meanwhile(lambda: restored(loop, change)) as end,
    ):
        until(lambda: loop.sql(BUILDER))
        with loop.ledger() as ledger:
            control.pause(ledger, actor="anna", reason="an incident")
        until(lambda: not loop.sql(BUILDER))
        writer.rollback()
        refused = end()
    assert isinstance(refused, Refused)
    assert "paused by anna" in refused.reason
    assert (loop.now(change).state, loop.invalid()) == ("restoring", 0)


def test_another_maker_is_waited_for(loop: Loop):
    change = begun(loop, gone(loop))
    with loop.engine.connect() as other, sole_maker(other, TARGET, "public", "users"):
        assert isinstance(restored(loop, change), Refused)


def test_two_that_measurement_brought_back_end_the_mode_auto(loop: Loop):
    for number in range(2):
        loop.sql(f"CREATE INDEX jobs_user ON jobs (user_id) WHERE status = '{number}'")
        change = begun(loop, gone(loop, _unused_by(loop)), actor="celeriac")
        loop.sql(f"CREATE INDEX jobs_other_{number} ON jobs (user_id) WHERE note = '{number}'")
        assert isinstance(restored(loop, change), drop.Restored)
        loop.sql("DROP INDEX jobs_user")
        loop.sql(f"DROP INDEX jobs_other_{number}")
    with loop.ledger() as ledger:
        assert control.read(ledger, TARGET).mode == "approve"


def test_undoing_the_wider_index_brings_the_narrow_one_back_first(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = kept(loop, WIDER_DEFINITION)
    ((narrow,), _) = proposed(loop)
    narrow = gone(loop, loop.approve(narrow, "anna"))
    result = revert.revert(loop.sessions, loop.now(wider), loop.policies, reason="a surprise", actor="anna")
    assert isinstance(result, revert.Reverted)
    assert (there(loop, "jobs_status"), loop.indexes()) == (True, [])
    assert loop.now(narrow).state == "restored"


def test_the_wider_index_stays_while_the_narrow_one_cannot_come_back(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = kept(loop, WIDER_DEFINITION)
    ((narrow,), _) = proposed(loop)
    gone(loop, loop.approve(narrow, "anna"))
    with loop.session("LOCK TABLE jobs IN ROW EXCLUSIVE MODE"):
        refused = revert.revert(loop.sessions, loop.now(wider), loop.policies, reason="a surprise")
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("jobs_status, which it took the place of, is not back yet")
    assert loop.indexes() == [wider.index_name]
    assert isinstance(revert.revert(loop.sessions, loop.now(wider), loop.policies, reason="again"), revert.Reverted)
    assert (there(loop, "jobs_status"), loop.indexes(), loop.invalid()) == (True, [], 0)


def test_everything_can_be_undone_newest_first(loop: Loop):
    loop.sql("CREATE INDEX jobs_status ON jobs (status)")
    wider = kept(loop, WIDER_DEFINITION)
    ((narrow,), _) = proposed(loop)
    narrow = gone(loop, loop.approve(narrow, "anna"))
    with loop.ledger() as ledger:
        chosen = undo.chosen(changes.all_of(ledger, TARGET))
        assert [change.id for change in chosen] == [narrow.id, wider.id]
        decided = [
            undo.begin(ledger, change, loop.policies.loop, actor="anna", reason="all of it") for change in chosen
        ]
    for change in decided:
        undo.finish(loop.sessions, change, loop.policies, reason="all of it", actor="anna", by_person=True)
    assert (loop.now(narrow).state, loop.now(wider).state) == ("restored", "reverted")
    assert (there(loop, "jobs_status"), loop.indexes()) == (True, [])


def test_what_was_both_built_and_dropped_by_us_is_as_it_was(loop: Loop):
    built = kept(loop)
    watched(loop)
    ((change,), _) = proposed(loop)
    gone(loop, loop.approve(change, "anna"))
    with loop.ledger() as ledger:
        known = changes.all_of(ledger, TARGET)
        since = clock.instant(ledger)
    assert [one.id for one in undo.chosen(known)] == [built.id]  # the drop is no loss: what it dropped was ours
    assert undo.chosen(known, since) == ()
    assert [one.id for one in undo.chosen(known, loop.now(change).build_started_at)] == [change.id]


def test_a_half_drop_of_somebody_else_is_not_ours_to_finish(loop: Loop):
    loop.sql(BY_USER)
    half_drop(loop)
    assert drop.reconcile(loop.sessions, TARGET, loop.policies) == ()
    assert loop.invalid() == 1
