"""From real statements through real windows to a verdict."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.indexes import catalog_state, settle, verify
from celeriac.indexes.baseline import table_pages
from celeriac.indexes.index import IndexDefinition, KeyPart
from celeriac.indexes.policy import LoopPolicy
from celeriac.ledger import changes, control
from celeriac.statements import windows
from celeriac.statements.capture import capture
from celeriac.statements.catalog import Catalog, read_catalog
from celeriac.statements.parsed import NotUnderstood
from celeriac.statements.policy import StatementPolicy

from .loop import BY_STATUS, BY_USER, TARGET, Loop, until

READ = "SELECT count(note) FROM jobs WHERE user_id = $1"


@pytest.fixture
def app(loop: Loop):
    """The application's session."""
    with loop.engine.connect() as session:
        session = session.execution_options(isolation_level="AUTOCOMMIT")
        session.execute(text("SET enable_bitmapscan = off"))
        yield session


def read(app, times: int = 30) -> None:
    for user in range(times):
        app.execute(text(f"SELECT count(note) FROM jobs WHERE user_id = {user}"))


def take(loop: Loop) -> int:
    with loop.engine.connect() as target, loop.ledger() as ledger:
        return capture(target, ledger, TARGET, StatementPolicy()).window_id


def judged(loop: Loop, change, policy=None):
    with loop.engine.connect() as target, loop.ledger() as ledger:
        verdict = verify.verify(target, ledger, loop.now(change), policy or loop.policies.verify, read_catalog(target))
        concluded = verify.conclude(ledger, loop.now(change), verdict, loop.policies.loop)
    return verdict, concluded


def settled(loop: Loop, app, definition=BY_USER, promised=False, origin="advisor"):
    """Measure, build, settle."""
    take(loop)
    read(app)
    baseline = take(loop)
    change = loop.approved(definition, fingerprints=(read_fingerprint(loop),) if promised else (), origin=origin)
    change = loop.set_state(loop.build(change).change, "settling", baseline_window_id=baseline)
    with loop.ledger() as ledger:
        return until(lambda: settle.advance(ledger, TARGET, loop.policies.verify))[0]


def read_fingerprint(loop: Loop) -> str:
    return loop.sql("SELECT fingerprint FROM celeriac.statement WHERE text = :text", text=READ)


def test_an_index_that_helps_is_kept_with_its_evidence(loop: Loop, app):
    change = settled(loop, app, promised=True)
    take(loop)
    read(app)
    take(loop)
    flushed(loop, app, change)
    verdict, concluded = judged(loop, change)
    assert verdict.decision == "keep", verdict.reason
    assert concluded.state == "kept"
    (seen,) = [one for one in verdict.statements if one.fingerprint == read_fingerprint(loop)]
    assert (seen.calls_before, seen.calls_after) == (30, 30)
    assert seen.blocks_per_call_after < seen.blocks_per_call_before / 3
    assert loop.now(change).evidence["decision"] == "keep"


def flushed(loop: Loop, app, change) -> None:
    """Wait until the application's counters have reached the statistics."""
    app.execute(text("SELECT pg_stat_force_next_flush()") if has_flush(loop) else text("SELECT pg_sleep(1)"))

    def used() -> bool:
        app.execute(text("SELECT 1"))
        return catalog_state.observe(loop.sessions.watch, "public", change.index_name).scans > 0

    until(used)


def has_flush(loop: Loop) -> bool:
    return int(loop.sql("SHOW server_version_num")) >= 150000


def test_an_index_that_nobody_uses_goes(loop: Loop, app):
    change = settled(loop, app, BY_STATUS)
    take(loop)
    read(app)
    take(loop)
    verdict, concluded = judged(loop, change)
    assert (verdict.decision, concluded.state) == ("revert", "reverting")
    assert verdict.reason.startswith("no plan has used it")


def test_a_declared_one_that_nobody_uses_stays(loop: Loop, app):
    change = settled(loop, app, BY_STATUS, origin="declared")
    take(loop)
    read(app)
    take(loop)
    assert judged(loop, change)[1].state == "kept"


def test_before_anything_was_measured_it_waits_and_writes_down_why(loop: Loop, app):
    change = settled(loop, app)
    strict = replace(loop.policies.verify, min_duration=timedelta(minutes=30))
    verdict, concluded = judged(loop, change, strict)
    assert verdict.reason == "0 minutes are measured, 30 are asked"
    assert concluded.state == "verifying"
    assert loop.now(change).evidence["reason"] == verdict.reason


def test_our_own_planning_is_no_use(loop: Loop, app):
    change = settled(loop, app, promised=True)
    take(loop)
    read(app)
    take(loop)
    flushed(loop, app, change)
    index = catalog_state.observe(loop.sessions.watch, "public", change.index_name)
    loop.sql(
        "INSERT INTO celeriac.planning_use (target, index_oid, scans) VALUES ('main', :oid, :scans)",
        oid=index.oid,
        scans=index.scans + 1000,
    )
    assert judged(loop, change)[0].reason.startswith("no plan has used it")


def test_the_second_revert_within_a_week_takes_auto_away(loop: Loop, app):
    loop = replace(loop, policies=replace(loop.policies, loop=LoopPolicy(mode="auto", reverts_before_approve=1)))
    change = settled(loop, app, BY_STATUS)
    take(loop)
    read(app)
    take(loop)
    judged(loop, change)
    with loop.ledger() as ledger:
        assert control.read(ledger, TARGET).effective_mode("auto") == "approve"


def test_settling_ends_by_the_clock(loop: Loop):
    patient = replace(loop.policies.verify, min_settling=timedelta(days=1))
    loop = replace(loop, policies=replace(loop.policies, verify=patient))
    change = loop.built()
    with loop.ledger() as ledger:
        assert settle.advance(ledger, TARGET, loop.policies.verify) == ()
    assert (change.deadline - change.state_since).total_seconds() == pytest.approx(86_400, abs=5)


def test_which_statements_touch_the_table_and_which_write_it(loop: Loop, app):
    take(loop)
    read(app, 1)
    app.execute(text("UPDATE jobs SET note = 'x' WHERE id = 1"))
    app.execute(text("SELECT 17"))
    take(loop)
    with loop.engine.connect() as connection, loop.ledger() as ledger:
        window = windows.read(ledger, TARGET)
        touched = verify.touching(window.statements, "public", "jobs", read_catalog(connection))
    by_text = {one.text: touched.get(one.fingerprint) for one in window.statements}
    assert by_text[READ] is False
    assert by_text["UPDATE jobs SET note = $1 WHERE id = $2"] is True
    assert by_text["SELECT $1"] is None


def test_a_text_is_parsed_once_for_all_changes():
    parsed = []
    parse = verify.remembering(lambda text, _: parsed.append(text) or NotUnderstood(text, "no"))
    assert parse("SELECT 1", Catalog({})) == parse("SELECT 1", Catalog({}))
    assert parsed == ["SELECT 1"]


def test_a_change_without_a_baseline_is_judged_by_nothing_before(loop: Loop):
    change = loop.built()
    with loop.ledger() as ledger:
        assert verify._before(ledger, change, loop.policies.verify).statements == ()


def test_the_baseline_does_not_reach_across_an_earlier_change_of_the_table(loop: Loop, app):
    earlier = settled(loop, app, promised=True)
    loop.set_state(earlier, "kept")
    change = settled(loop, app, BY_STATUS)
    with loop.ledger() as ledger:
        before = verify._before(ledger, loop.now(change), loop.policies.verify)
        first = changes.get(ledger, earlier.id, TARGET)
    assert before.started_at >= first.settled_at


def test_a_foreign_key_s_index_is_judged_by_the_deletes_it_was_promised_to_help(loop: Loop, app):
    app.execute(text("CREATE TABLE users AS SELECT generate_series(0, 999) AS id"))
    app.execute(text("ALTER TABLE users ADD PRIMARY KEY (id)"))
    app.execute(text("INSERT INTO users SELECT generate_series(1000, 2000)"))
    app.execute(text("ALTER TABLE jobs ADD FOREIGN KEY (user_id) REFERENCES users"))

    def delete(since: int) -> None:
        for user in range(since, since + 30):
            app.execute(text(f"DELETE FROM users WHERE id = {user}"))

    take(loop)
    delete(1000)
    baseline = take(loop)
    fingerprint = loop.sql("SELECT fingerprint FROM celeriac.statement WHERE text LIKE 'DELETE FROM users%'")
    change = loop.build(loop.approved(BY_USER, fingerprints=(fingerprint,))).change
    change = loop.set_state(change, "settling", baseline_window_id=baseline)
    with loop.ledger() as ledger:
        (change,) = until(lambda: settle.advance(ledger, TARGET, loop.policies.verify))
    take(loop)
    delete(1100)
    take(loop)
    flushed(loop, app, change)
    verdict, concluded = judged(loop, change)
    assert concluded.state == "kept", verdict.reason
    assert [one.fingerprint for one in verdict.statements] == [fingerprint]


def test_how_large_the_table_was_and_is(loop: Loop):
    change = loop.built()
    before, now = verify.pages(loop.sessions.watch, change)
    assert before == now > 50
    loop.sql("INSERT INTO jobs SELECT id + 20000, user_id, status, note FROM jobs")
    assert verify.pages(loop.sessions.watch, change)[1] == pytest.approx(2 * before, rel=0.1)
    loop.sql("DROP TABLE jobs")
    assert verify.pages(loop.sessions.watch, change) is None


def test_of_a_partitioned_table_all_partitions_count(loop: Loop):
    loop.sql("CREATE TABLE logs (at int) PARTITION BY RANGE (at)")
    loop.sql("CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (100)")
    loop.sql("INSERT INTO logs SELECT n % 100 FROM generate_series(1, 5000) AS n")
    change = loop.approved(IndexDefinition("public", "logs", (KeyPart("at"),)))
    assert table_pages(loop.sessions.watch, change) == loop.sql("SELECT pg_relation_size('logs_1') / 8192")
