"""From windows in the ledger to regressions in the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.statements.regressions import store
from celeriac.statements.regressions.find import find_regressions

from .conftest import POLICY, Ledger

USUAL = (100, 10.0, 5, 50)
SLOWER = (100, 30.0, 5, 400)


def find(ledger: Ledger, policy=POLICY):
    ledger.window(ledger.now + timedelta(seconds=30), {})  # says that the window before it is complete
    return find_regressions(ledger.connection, "main", policy)


def later(ledger: Ledger, windows: int = 1) -> Ledger:
    return replace(ledger, now=ledger.now + timedelta(minutes=5 * windows))


def test_an_empty_ledger_holds_no_regression(state):
    assert find_regressions(state, "main", POLICY).judged == 0


def test_statements_that_run_as_ever_are_judged_and_not_told(ledger):
    ledger.five_minutes(-1, jobs=USUAL)
    ledger.five_minutes(0, jobs=USUAL)
    examined = find(ledger)
    assert (examined.judged, examined.opened) == (11, ())


def test_a_regression_is_written_with_both_sides_and_its_cause(ledger):
    ledger.five_minutes(0, jobs=SLOWER)
    (opened,) = find(ledger).opened
    assert (opened.fingerprint, opened.cause) == ("jobs", "plan")
    assert opened.ratio == pytest.approx(3, rel=0.1)
    assert (opened.baseline["blocks_per_call"], opened.now["blocks_per_call"]) == (50, 400)
    assert opened.ms_per_hour == pytest.approx(20 * 1200, rel=0.1)
    assert opened.first_seen == ledger.now - timedelta(minutes=5)
    assert store.open_regressions(ledger.connection, "main") == (opened,)
    assert store.of_statement(ledger.connection, "main", "jobs") == (opened,)
    assert store.open_regressions(ledger.connection, "another") == ()


def test_judging_a_window_again_changes_nothing(ledger):
    ledger.five_minutes(0, jobs=SLOWER)
    find(ledger)
    before = store.open_regressions(ledger.connection, "main")
    assert find_regressions(ledger.connection, "main", POLICY).opened == ()
    after = store.open_regressions(ledger.connection, "main")
    assert [(one.id, one.last_seen) for one in after] == [(one.id, one.last_seen) for one in before]


def test_it_goes_on_and_ends_after_two_windows_as_usual(ledger):
    ledger.five_minutes(0, jobs=SLOWER)
    (opened,) = find(ledger).opened
    ended = []
    for figures in ((100, 25.0, 5, 400), USUAL, USUAL):
        ledger = later(ledger)
        ledger.five_minutes(0, jobs=figures)
        examined = find(ledger)
        assert examined.opened == ()
        ended.append(len(examined.ended))
    (one,) = store.of_statement(ledger.connection, "main", "jobs")
    assert ended == [0, 0, 1]
    assert (one.id, one.ending) == (opened.id, "back")
    assert one.ratio == pytest.approx(2.5, rel=0.1)
    assert one.last_seen == opened.last_seen + timedelta(minutes=5)


def test_what_is_compared_is_what_was_usual_when_it_began(ledger):
    ledger.five_minutes(0, jobs=SLOWER)
    find(ledger)
    ledger.scalar("UPDATE celeriac.statement_hour SET total_ms = total_ms * 3 WHERE fingerprint = 'jobs' RETURNING 1")
    ledger = later(ledger)
    ledger.five_minutes(0, jobs=SLOWER)
    assert find(ledger).ended == ()
    assert store.open_regressions(ledger.connection, "main")[0].ratio == pytest.approx(3, rel=0.1)


def test_a_slower_machine_is_one_finding_of_all_statements(ledger):
    ledger.five_minutes(-1, load=4.0, jobs=(100, 40.0, 5, 50))
    ledger.five_minutes(0, load=4.0, jobs=(100, 40.0, 5, 50))
    (opened,) = find(ledger).opened
    assert (opened.fingerprint, opened.cause) == (store.EVERY_STATEMENT, "load")
    assert opened.ratio == pytest.approx(4, rel=0.1)
    ledger = later(ledger)
    ledger.five_minutes(0, load=3.0, jobs=(100, 30.0, 5, 50))
    assert find(ledger).ended == ()
    for _ in range(2):
        ledger = later(ledger)
        ledger.five_minutes(0, jobs=USUAL)
        examined = find(ledger)
    assert [one.cause for one in examined.ended] == ["load"]


def test_an_overload_of_a_week_is_what_is_usual_now(ledger):
    for number in (-1, 0):
        ledger.five_minutes(number, load=4.0, jobs=(100, 40.0, 5, 50))
    find(ledger)
    ledger.scalar("UPDATE celeriac.regression SET first_seen = first_seen - interval '8 days' RETURNING 1")
    ledger = later(ledger)
    ledger.five_minutes(0, load=4.0, jobs=(100, 40.0, 5, 50))
    assert len(find(ledger).ended) == 1
    assert store.of_statement(ledger.connection, "main", store.EVERY_STATEMENT)[0].ending == "accepted"


def test_calls_that_go_on_to_be_many_are_traffic_until_they_end(ledger):
    for number in (-1, 0):
        ledger.five_minutes(number, jobs=(1_000, 10.0, 5, 50))
    (opened,) = find(ledger).opened
    assert (opened.cause, opened.first_seen) == ("traffic", ledger.now - timedelta(minutes=10))
    for _ in range(2):
        ledger = later(ledger)
        ledger.five_minutes(0, jobs=(200, 10.0, 5, 50))
    assert find(ledger).ended == ()  # twice as often is less than what opened it, and not yet over
    for _ in range(2):
        ledger = later(ledger)
        ledger.five_minutes(0, jobs=USUAL)
        examined = find(ledger)
    assert [one.cause for one in examined.ended] == ["traffic"]


def test_a_statement_that_was_never_seen_is_new_and_then_known(ledger):
    ledger.statement("report", days=0)
    ledger.statement("old report", days=20)
    heavy = (100, 40.0, 5, 50)
    for number in (-1, 0):
        ledger.five_minutes(number, jobs=USUAL, report=heavy, **{"old report": heavy})
    (opened,) = find(ledger).opened
    assert (opened.fingerprint, opened.cause, opened.ratio) == ("report", "new", None)
    ledger.scalar("UPDATE celeriac.regression SET first_seen = first_seen - interval '2 days' RETURNING 1")
    ledger.five_minutes(1, jobs=USUAL)
    assert [one.fingerprint for one in find(later(ledger)).ended] == ["report"]


def test_in_the_first_day_nothing_is_new(ledger):
    ledger.scalar("DELETE FROM celeriac.statement_hour WHERE at < now() - interval '20 hours' RETURNING 1")
    ledger.statement("report", days=0)
    for number in (-1, 0):
        ledger.five_minutes(number, jobs=USUAL, report=(100, 40.0, 5, 50))
    assert find(ledger).opened == ()


def test_hours_of_a_regression_are_no_usual_ones(ledger):
    ledger.scalar(
        "UPDATE celeriac.statement_hour SET total_ms = 3 * total_ms, square_ms2 = 9 * square_ms2 "
        "WHERE fingerprint = 'jobs' AND at >= :since RETURNING 1",
        since=ledger.now - timedelta(hours=24),
    )
    ledger.scalar(
        "INSERT INTO celeriac.regression (target, fingerprint, cause, sentence, baseline, now, ms_per_hour, "
        "first_seen, last_seen, resolved_at, ending) VALUES ('main', 'jobs', 'plan', '', '{}', '{}', 1, "
        ":first, :last, :last, 'back') RETURNING 1",
        first=ledger.now - timedelta(hours=24), last=ledger.now - timedelta(minutes=40),
    )  # fmt: skip
    ledger.hours("seen again", hours=12)
    ledger.five_minutes(0, jobs=SLOWER)
    assert find(ledger).opened == ()  # too few hours are left to say
    ledger.scalar("UPDATE celeriac.regression SET ending = 'accepted' RETURNING 1")
    ledger.five_minutes(1, jobs=SLOWER)
    ledger.five_minutes(2, jobs=(100, 90.0, 5, 400))
    (opened,) = find(later(ledger, 2)).opened
    assert opened.baseline["mean_ms"] == pytest.approx(30, rel=0.1)


def test_what_runs_rarely_is_judged_by_the_hour(state):
    hour = state.execute(text("SELECT date_trunc('hour', clock_timestamp(), 'UTC')")).scalar_one()
    ledger = Ledger(state, hour - timedelta(hours=1))
    ledger.hours("*", calls=0)
    for name in ("nightly", *(f"other{place}" for place in range(10))):
        ledger.hours(name, ms=400.0 if name == "nightly" else 1.0, calls=60 if name == "nightly" else 240)
    for minute in range(60):
        others = {f"other{place}": (4, 1.0, 5, 50) for place in range(10)}
        at = hour - timedelta(hours=1) + timedelta(minutes=minute, seconds=20)
        ledger.window(at, {**others, "nightly": (1, 1_600.0, 5, 500)})
    ledger.window(hour + timedelta(seconds=20), {})
    examined = find_regressions(state, "main", POLICY)
    assert examined.folded_hours == 1
    assert [(one.fingerprint, one.cause) for one in examined.opened] == [("nightly", "plan")]
    assert examined.opened[0].last_seen == hour


def test_what_is_old_goes(ledger):
    ledger.five_minutes(0, jobs=SLOWER)
    find(ledger)
    policy = replace(POLICY, keep_hours=timedelta(hours=20), keep=timedelta(0))
    ledger.scalar("UPDATE celeriac.regression SET resolved_at = now() - interval '1 s' RETURNING 1")
    assert store.prune(ledger.connection, "main", policy) > 0
    assert store.of_statement(ledger.connection, "main", "jobs") == ()
    assert 15 <= ledger.scalar("SELECT count(*) FROM celeriac.statement_hour WHERE fingerprint = 'jobs'") <= 21
