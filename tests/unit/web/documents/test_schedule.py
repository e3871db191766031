from datetime import UTC, datetime, timedelta

from beat_schedule import Entry
from celeriac.priorities import HIGH
from web.documents.schedule import line

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CAPTURE = Entry("celeriac.statements.capture", MINUTE, HIGH)


def ran(ago: timedelta, outcome: str = "runs", **more) -> dict:
    return {"at": (NOW - ago).isoformat(), "outcome": outcome, "ms": 12.0, **more}


def test_an_entry_that_never_ran_is_not_late():
    found = line(CAPTURE, MINUTE, None, NOW)
    assert (found.last_run_at, found.next_run_at, found.late_s) == (None, None, 0.0)


def test_an_entry_is_due_a_period_after_its_last_run():
    found = line(CAPTURE, MINUTE, ran(timedelta(seconds=20)), NOW)
    assert found.next_run_at == NOW + timedelta(seconds=40)
    assert found.late_s == 0.0


def test_an_entry_that_has_not_ended_for_long_is_late():
    found = line(CAPTURE, MINUTE, ran(timedelta(minutes=5)), NOW)
    assert found.late_s == 210.0
    assert found.next_run_at == NOW


def test_an_entry_that_is_turned_off_is_never_due():
    found = line(CAPTURE, timedelta(0), ran(timedelta(days=5)), NOW)
    assert (found.every_s, found.next_run_at, found.late_s) == (0.0, None, 0.0)


def test_a_skip_tells_its_reason():
    found = line(CAPTURE, MINUTE, ran(MINUTE, "skipped", reason="it runs already"), NOW)
    assert (found.last_outcome, found.last_reason) == ("skipped", "it runs already")
