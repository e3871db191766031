from datetime import timedelta

import pytest
from sqlalchemy import text

from celeriac.statements.regressions import reading
from celeriac.statements.regressions.reading import hour_number

from .conftest import POLICY, Ledger


@pytest.fixture
def captured(state) -> Ledger:
    """An hour and a half of captures; statement `jobs` is restless, all are slower in one window."""
    hour = state.execute(text("SELECT date_trunc('hour', clock_timestamp(), 'UTC')")).scalar_one()
    ledger = Ledger(state, hour)
    for minute in range(90):
        load = 3.0 if minute // 5 == 4 else 1.0
        others = {f"other{place}": (20 + place, load * (1 + place), 5, 50) for place in range(6)}
        restless = 10.0 * load * (1.5 if minute // 5 % 2 else 1.0)
        ended_at = hour - timedelta(hours=1) + timedelta(minutes=minute, seconds=20)
        ledger.window(ended_at, {**others, "jobs": (40, restless, 5, 50), "rare": (1 if minute == 7 else 0, 5.0, 1, 1)})
    return ledger


def fold(ledger):
    return reading.fold(ledger.connection, "main", POLICY)


def test_only_whole_hours_are_folded_and_each_once(captured):
    before = captured.now - timedelta(hours=1)
    assert fold(captured).hours == (before,)
    assert fold(captured).hours == ()


def test_nothing_captured_folds_nothing(state):
    assert reading.fold(state, "main", POLICY).captured is None


def test_counters_add_up(captured):
    fold(captured)
    row = captured.connection.execute(text("SELECT * FROM celeriac.statement_hour WHERE fingerprint = 'other3'")).one()
    assert (row.calls, row.rows, row.shared_hit_blocks) == (60 * 23, 60 * 23 * 5, 60 * 23 * 50)
    assert row.total_ms == pytest.approx(55 * 23 * 4 + 5 * 23 * 12)
    assert row.seconds == pytest.approx(3600)


def test_what_ran_once_has_no_flutter_and_what_did_not_run_no_row(captured):
    fold(captured)
    found = dict(captured.connection.execute(text("SELECT fingerprint, calls FROM celeriac.statement_hour")).all())
    assert found["rare"] == 1
    assert found["*"] == 3 * 60
    assert captured.scalar("SELECT time_flutter FROM celeriac.statement_hour WHERE fingerprint = 'rare'") == 0


def test_the_flutter_of_one_is_its_own_not_the_loads(captured):
    fold(captured)
    flutter = dict(
        captured.connection.execute(text("SELECT fingerprint, time_flutter FROM celeriac.statement_hour")).all()
    )
    assert flutter["jobs"] == pytest.approx(1.4826 * 0.2027, rel=0.25)
    assert flutter["other3"] < 0.02


def test_hours_without_a_capture_are_passed_over(captured):
    fold(captured)
    captured.window(captured.now + timedelta(hours=3, minutes=1), {"jobs": (10, 1.0, 1, 1)})
    captured.window(captured.now + timedelta(hours=4, minutes=1), {"jobs": (10, 1.0, 1, 1)})
    assert [hour_number(one) - hour_number(captured.now) for one in fold(captured).hours] == [0, 3]


def test_a_long_backlog_is_folded_day_by_day(captured):
    for hours in range(2, 32):
        captured.window(captured.now - timedelta(hours=hours, minutes=-5), {"jobs": (10, 1.0, 1, 1)})
    assert [len(fold(captured).hours) for _ in range(3)] == [24, 7, 0]
