"""Who is told what, and who is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from celeriac.alerts.alert import Alert, Silence
from celeriac.alerts.owe import Listener, Told, owed
from celeriac.alerts.rule import Rule

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FIRING = Alert(
    "main", "full", "disk", "warning", "It is full.", 0.95, "firing", since=NOON, last_seen=NOON, id=1, fired_at=NOON
)
OVER = replace(FIRING, state="resolved", resolved_at=NOON + HOUR)
CHAT, PAGER = Listener("chat"), Listener("pager", after=15 * MINUTE)
RULES = (Rule("full", "fill", 0.9),)


def told(alerts, *, past=None, to=(CHAT,), silences=(), rules=RULES, now=NOON, repeat_after=4 * HOUR):
    notices = owed(alerts, past or {}, to, silences, rules, now, repeat_after)
    return [(notice.kind, notice.channel, notice.alert.id) for notice in notices]


def silence(rule="*", subject="*", until=NOON + HOUR):
    return Silence(7, "main", rule, subject, until, "anna", "works on it", NOON)


def at(when, heard=True, channel="chat"):
    return {(1, channel): Told(when, heard)}


def test_what_fires_is_told_to_everybody():
    assert told([FIRING], to=(CHAT, Listener("mail"))) == [("firing", "chat", 1), ("firing", "mail", 1)]


def test_what_is_pending_is_told_to_nobody():
    assert told([replace(FIRING, state="pending", fired_at=None)]) == []


@pytest.mark.parametrize("heard", [True, False])
def test_who_was_told_is_not_told_again(heard):
    assert told([FIRING], past=at(NOON, heard), now=NOON + HOUR) == []


def test_what_goes_on_is_repeated():
    assert told([FIRING], past=at(NOON), now=NOON + 4 * HOUR) == [("repeated", "chat", 1)]
    assert told([FIRING], past=at(NOON), now=NOON + 40 * HOUR, repeat_after=timedelta(0)) == []


def test_mild_alerts_are_kept_from_who_wants_only_grave_ones():
    grave = Listener("pager", severity="critical")
    assert told([FIRING], to=(grave,)) == []
    assert told([replace(FIRING, severity="critical")], to=(grave,)) == [("firing", "pager", 1)]


def test_a_silence_keeps_what_fits_it_quiet_until_it_ends():
    assert told([FIRING], silences=[silence()]) == []
    assert told([FIRING], silences=[silence("fu*", "disk")]) == []
    assert told([FIRING], silences=[silence(subject="tape")]) == [("firing", "chat", 1)]
    assert told([FIRING], silences=[silence()], now=NOON + HOUR) == [("firing", "chat", 1)]


def test_what_nobody_acknowledges_is_escalated_to_the_next_channel():
    both = (CHAT, PAGER)
    assert told([FIRING], to=both) == [("firing", "chat", 1)]
    assert told([FIRING], to=both, past=at(NOON), now=NOON + 14 * MINUTE) == []
    assert told([FIRING], to=both, past=at(NOON), now=NOON + 15 * MINUTE) == [("escalated", "pager", 1)]


def test_what_somebody_is_at_is_neither_escalated_nor_repeated():
    taken = replace(FIRING, acknowledged_at=NOON + MINUTE, acknowledged_by="anna")
    assert told([taken], to=(CHAT, PAGER), past=at(NOON), now=NOON + 9 * HOUR) == []


def test_who_heard_that_it_began_hears_that_it_is_over():
    assert told([OVER], past=at(NOON)) == [("resolved", "chat", 1)]
    assert told([OVER], past=at(NOON), to=(PAGER,)) == []


def test_who_never_heard_of_it_does_not_hear_that_it_is_over():
    assert told([OVER]) == []
    assert told([OVER], past=at(NOON, heard=False)) == []


def test_a_silence_does_not_keep_the_end_from_who_heard_the_beginning():
    assert told([OVER], past=at(NOON), silences=[silence()]) == [("resolved", "chat", 1)]


def test_a_symptom_is_not_told_while_its_cause_fires():
    rules = (replace(RULES[0], unless=("away",)), Rule("away", "gone", 1))
    cause = replace(FIRING, rule="away", id=2)
    assert told([FIRING, cause], rules=rules) == [("firing", "chat", 2)]
    assert told([FIRING, replace(cause, state="pending")], rules=rules) == [("firing", "chat", 1)]


def test_that_an_event_is_over_is_no_news():
    assert told([OVER], past=at(NOON), rules=(replace(RULES[0], once=True),)) == []


def test_an_alert_whose_rule_is_gone_is_still_told_to_be_over():
    assert told([OVER], past=at(NOON), rules=()) == [("resolved", "chat", 1)]
