from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from celeriac.health import store as health
from celeriac.health.finding import Finding
from celeriac.ledger.changes import ChangeUnknown
from celeriac.metrics import history
from celeriac.metrics.samplers.redis_server import LOOKUPS
from celeriac.statements.regressions import store as slower
from config.database import ledger
from config.redis import broker_client, results_client
from config.settings import TargetUnknown
from tasks import outcomes
from web.documents import (
    alerts,
    caches,
    changes,
    findings,
    overview,
    queues,
    regressions,
    schedule,
    statements,
    targets,
)
from web.documents.source import ResultsAway
from web.documents.statements import CursorWrong, StatementUnknown

from .stock import stock


@pytest.fixture
def stocked(configured):
    stock()
    return configured


def test_pages_of_the_ledger_follow_each_other_without_gap_or_repetition(stocked):
    seen, before = [], None
    while True:
        page = changes.page("main", before=before, limit=7)
        seen += [line.id for line in page.items]
        if page.next is None:
            break
        before = page.next
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == len(seen) == 30


def test_a_last_page_that_is_full_has_no_next(stocked):
    assert changes.page("main", limit=30).next is None


def test_the_ledger_is_filtered_by_state_and_table(stocked):
    kept = changes.page("main", state="kept").items
    assert {line.state for line in kept} == {"kept"}
    both = changes.page("main", state=("kept", "proposed"), table="public.jobs").items
    assert {line.table for line in both} == {"public.jobs"}
    assert changes.page("main", table="jobs'; DROP TABLE x; --").items == ()


def test_one_change_says_what_was_promised_measured_and_can_be_done(stocked):
    line = changes.page("main", state="kept").items[0]
    document = changes.one("main", line.id)
    assert (document.change.promised_ms_per_hour, document.change.measured_ms_per_hour) == (1000, 500)
    assert document.possible == ("revert",)
    assert document.undo_ddl == f"DROP INDEX CONCURRENTLY i{line.id}"
    assert changes.one("main", changes.page("main", state="proposed").items[0].id).possible == ("approve", "reject")


def test_what_is_not_there_is_said(stocked):
    with pytest.raises(ChangeUnknown):
        changes.one("main", 99_999)
    with pytest.raises(StatementUnknown):
        statements.one("main", "nothing")
    for read in (changes.page, statements.top, caches.caches, findings.page, alerts.page, schedule.schedule):
        with pytest.raises(TargetUnknown):
            read("elsewhere")


def test_statements_are_ranked_by_what_is_asked(stocked):
    found = statements.top("main", order="total_ms", limit=3)
    assert [line.fingerprint for line in found.items] == ["f5", "f4", "f3"]
    assert found.items[0].calls == 40
    assert found.items[0].mean_ms == 5
    assert found.items[0].share_of_time == pytest.approx(5 / 15, abs=1e-3)
    assert len(found.items[0].spark) == 24
    assert found.items[0].spark[-1] == 5


def test_pages_of_statements_follow_each_other_though_new_windows_come(stocked):
    first = statements.top("main", limit=2)
    with ledger() as state:
        state.execute(text(LATER))
    second = statements.top("main", limit=2, after=first.next)
    third = statements.top("main", limit=2, after=second.next)
    seen = [line.fingerprint for page in (first, second, third) for line in page.items]
    assert seen == ["f5", "f4", "f3", "f2", "f1"]
    assert third.next is None
    assert third.items[0].calls == 40
    assert statements.top("main", limit=1).items[0].fingerprint == "f1"


@pytest.mark.parametrize("text", ["", "5", "now-5", "17724393000001-5", "1772439300000-", "1772439300000-5\n"])
def test_what_is_no_cursor_of_statements_is_refused(stocked, text):
    with pytest.raises(CursorWrong):
        statements.top("main", after=text)


def test_a_statement_is_told_of_beyond_the_week_of_its_windows(stocked):
    with ledger() as state:
        state.execute(text(LONG_AGO))
    assert statements.one("main", "f1", hours=168).history[-1:] == ()
    (point,) = statements.one("main", "f1", hours=720).history
    assert (point.calls, point.mean_ms) == (100, 2.5)
    assert [line.fingerprint for line in statements.top("main", hours=720).items] == ["f1"]


def test_one_statement_has_its_course_and_its_changes(stocked):
    document = statements.one("main", "f2", hours=1)
    assert document.query == "SELECT * FROM jobs WHERE c2 = $1"
    assert sum(point.calls for point in document.history) == 40
    assert {point.hit_ratio for point in document.history} == {0.9}
    assert {line.state for line in document.changes} == {"kept"}
    assert len(statements.one("main", "f1").changes) == 30


def test_what_was_folded_into_hours_is_counted_once_and_outlives_its_windows(configured):
    stock(windows=180)
    windows = statements.top("main", hours=24)
    with ledger() as state:
        for ago in (3, 2, 1):
            state.execute(text(FOLD), {"ago": ago})
        state.execute(text("DELETE FROM celeriac.statement_window WHERE ended_at < date_trunc('hour', now(), 'UTC')"))
    folded = statements.top("main", hours=24)
    assert [line.calls for line in folded.items] == [line.calls for line in windows.items] == [1_800] * 5
    assert [line.mean_ms for line in folded.items] == [line.mean_ms for line in windows.items]
    assert sum(point.calls for point in statements.one("main", "f2", hours=24).history) == 1_800
    assert sum(point.calls for point in statements.one("main", "f2", hours=1).history) <= 600


def test_a_statement_that_got_slower_says_so(stocked):
    found = {"sentence": "it reads the whole table", "baseline": {"mean_ms": 1.0}, "now": {"mean_ms": 4.0}}
    instant = datetime.now(UTC)
    new = slower.New("f2", "plan", ratio=4.0, ms_per_hour=90.0, first_seen=instant, last_seen=instant, **found)
    with ledger() as state:
        known = slower.begin(state, "main", new)
    assert [one.cause for one in statements.one("main", "f2").regressions] == ["plan"]
    assert [one.fingerprint for one in regressions.page("main")] == ["f2"]
    assert overview.overview("main").troubles == ("it reads the whole table",)
    with ledger() as state:
        slower.end(state, known, "back")
    assert statements.one("main", "f2").regressions == regressions.page("main") == ()


def test_the_overview_says_what_waits_and_what_was_saved(stocked):
    found = overview.overview("main")
    assert found.decisions_waiting == 10
    assert found.saved_ms_per_hour == 5_000
    assert found.load["statements"] == 5
    assert found.troubles == ()


def test_troubles_are_told_with_the_worst_first(stocked):
    with ledger() as state:
        health.record(state, "main", [finding("warning"), finding("critical")])
    assert overview.overview("main").troubles == ("it is critical",)
    assert [one.severity for one in findings.page("main").items] == ["critical", "warning"]
    assert [one.severity for one in findings.page("main", severity="warning").items] == ["warning"]


def test_the_overview_knows_how_much_of_what_redis_was_asked_for_it_had(stocked):
    with ledger() as state:
        now = state.scalar(text("SELECT clock_timestamp()"))
        for ago, hits, misses in ((10, 0, 0), (5, 90, 10)):
            samples = [LOOKUPS.of(hits, role="cache", outcome="hit"), LOOKUPS.of(misses, role="cache", outcome="miss")]
            history.record(state, "main", samples, at=now - timedelta(minutes=ago))
    assert overview.overview("main").cache_hit_ratio == 0.9


def test_an_overview_of_a_database_that_is_away_is_still_one(configured, configure):
    configure(targets__main__url="postgresql://127.0.0.1:1/nowhere")
    found = overview.overview("main")
    assert not found.target.reachable
    assert any("cannot be reached" in one for one in found.troubles)


def test_without_redis_the_ledger_is_still_shown(stocked, configure):
    configure(redis__results_url="redis://127.0.0.1:1/0", redis__broker_url="redis://127.0.0.1:1/0", redis__retries="0")
    with pytest.raises(ResultsAway):
        schedule.schedule("main")
    with pytest.raises(queues.BrokerSilent):
        queues.queues()
    found = overview.overview("main")
    assert found.decisions_waiting == 10
    assert any("does not answer" in one for one in found.troubles)


def test_targets_tell_their_mode(configured):
    (found,) = targets.targets()
    assert (found.name, found.mode, found.paused, found.reachable) == ("main", "observe", False, True)


def test_the_schedule_knows_the_last_run_and_its_reason(configured):
    outcomes.count("celeriac.cache.warm", "skipped", 3.0, "main", "the same task is already running on this target")
    line = next(one for one in schedule.schedule("main") if one.task == "celeriac.cache.warm")
    assert (line.last_outcome, line.late_s) == ("skipped", 0.0)
    assert "already running" in line.last_reason
    assert line.next_run_at > line.last_run_at


def test_queues_are_told_by_priority_with_what_was_set_aside(configured):
    client = broker_client()
    for _ in range(3):
        client.lpush("celeriac\x06\x165", orjson.dumps({"headers": {"celeriac_sent_at": 1.0}}))
    client.lpush(
        "celeriac.undeliverable",
        orjson.dumps({"headers": {"id": "abc", "task": "celeriac.x", "kwargsrepr": "{'target': 'main'}"}}),
    )
    found = queues.queues()
    (line,) = found.lines
    assert (line.queue, line.priority, line.messages) == ("celeriac", 5, 3)
    assert line.oldest_s > 1_000
    assert found.quarantined[0].task == "celeriac.x"
    assert found.quarantined[0].target == "main"


def test_caches_are_empty_before_anything_was_analysed(configured):
    found = caches.caches("main")
    assert (found.analysed_at, found.server, found.warm_runs) == (None, {}, ())


def test_documents_are_json(stocked):
    for document in (
        overview.overview("main"),
        changes.page("main"),
        changes.one("main", changes.page("main").items[0].id),
        statements.top("main"),
        statements.one("main", "f1"),
        caches.caches("main"),
        queues.queues(),
        *schedule.schedule("main"),
        *targets.targets(),
    ):
        assert orjson.loads(orjson.dumps(asdict(document)))


def test_nothing_is_written_while_reading(stocked):
    results_client().flushdb()
    overview.overview("main")
    assert results_client().keys() == []


LATER = """
    WITH w AS (
        INSERT INTO celeriac.statement_window (target, started_at, ended_at, complete, server)
        SELECT 'main', clock_timestamp(), clock_timestamp() + interval '1 ms', true, server
        FROM celeriac.statement_window LIMIT 1 RETURNING id
    )
    INSERT INTO celeriac.window_statement (window_id, fingerprint, calls, total_ms, square_ms2, rows,
        shared_hit_blocks, shared_read_blocks, shared_dirtied_blocks, shared_written_blocks, temp_blocks, io_ms,
        wal_bytes, plan_ms)
    SELECT id, 'f1', 1, 1000000, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0 FROM w
"""
LONG_AGO = """
    DELETE FROM celeriac.statement_window;
    INSERT INTO celeriac.statement_hour
    SELECT 'main', date_trunc('hour', now(), 'UTC') - interval '20 days', fingerprint, 3600, calls, ms, 0, calls, 9, 1,
        0, 0, 0, 0, 0, 0, 0, 0
    FROM (VALUES ('f1', 100, 250), ('*', 0, 0)) AS one (fingerprint, calls, ms)
"""
FOLD = """
    INSERT INTO celeriac.statement_hour
    SELECT 'main', b.at, f.fingerprint, 3600, f.calls, f.total_ms, f.square_ms2, f.rows, f.hit, f.read, 0, 0, 0, 0, 0,
        0, 0, 0
    FROM (SELECT date_trunc('hour', now(), 'UTC') - make_interval(hours => :ago) AS at) b
    CROSS JOIN LATERAL (
        SELECT fingerprint, sum(calls) calls, sum(total_ms) total_ms, sum(square_ms2) square_ms2, sum(w.rows) "rows",
            sum(shared_hit_blocks) hit, sum(shared_read_blocks) read
        FROM celeriac.statement_window c JOIN celeriac.window_statement w ON w.window_id = c.id
        WHERE ended_at >= b.at AND ended_at < b.at + interval '1 hour'
        GROUP BY fingerprint
        UNION ALL SELECT '*', 0, 0, 0, 0, 0, 0
    ) f
"""


def finding(severity):
    return Finding(check="x", severity=severity, subject=severity, sentence=f"it is {severity}")
