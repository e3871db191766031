"""Alerts, silences and deliveries in the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from celeriac.alerts import outbox, store
from celeriac.alerts.alert import Alert, Notice
from celeriac.alerts.decide import Transition
from celeriac.alerts.deliver import deliver
from celeriac.alerts.events import ended
from celeriac.alerts.outbox import Outcome
from celeriac.alerts.policy import AlertPolicy
from celeriac.ledger import clock
from celeriac.ledger.models.alerts import Alert as AlertRow
from celeriac.ledger.models.alerts import Delivery, Silence
from celeriac.ledger.models.changes import AuditEvent

MINUTE = timedelta(minutes=1)
POLICY = AlertPolicy(retry_after=MINUTE, attempts=3)


@pytest.fixture
def now(ledger):
    return clock.instant(ledger)


def alert(now, rule="full", subject="disk", **options):
    given = {"severity": "warning", "sentence": "It is full.", "value": 0.95, "state": "firing", "fired_at": now}
    return Alert("main", rule, subject, since=now, last_seen=now, **given | options)


def put(ledger, *alerts):
    return store.apply(ledger, [Transition("fired", one) for one in alerts])


def deliveries(ledger):
    rows = ledger.execute(select(Delivery.__table__).order_by(Delivery.__table__.c.id))
    return [(row.channel, row.kind, row.state, row.attempts, row.last_error) for row in rows]


def make_due(ledger):
    ledger.execute(update(Delivery).values(next_attempt_at=func.now()))


def test_what_was_decided_is_read_back(ledger, now):
    (made,) = put(ledger, alert(now))
    assert store.active(ledger, "main") == (made,)
    assert store.active(ledger, "other") == ()
    later = replace(made, value=0.99, clear_since=now)
    store.apply(ledger, [Transition("calming", later)])
    assert store.active(ledger, "main") == (later,)
    over = replace(later, state="resolved", resolved_at=now)
    store.apply(ledger, [Transition("resolved", over)])
    assert store.active(ledger, "main") == ()
    assert store.resolved(ledger, "main") == (over,)


def test_what_was_pending_and_passed_leaves_no_trace(ledger, now):
    (made,) = put(ledger, alert(now, state="pending", fired_at=None))
    assert store.apply(ledger, [Transition("forgotten", made)]) == ()
    assert ledger.scalar(select(func.count()).select_from(AlertRow)) == 0


def test_the_worst_come_first_and_pending_ones_last(ledger, now):
    put(
        ledger,
        alert(now, "mild", severity="info"),
        alert(now, "waits", severity="critical", state="pending", fired_at=None),
        alert(now, "grave", severity="critical"),
        alert(now - MINUTE, "old"),
        alert(now, "new"),
    )
    assert [one.rule for one in store.active(ledger, "main")] == ["grave", "old", "new", "mild", "waits"]


def test_the_same_alert_is_not_open_twice(ledger, now):
    put(ledger, alert(now))
    with pytest.raises(IntegrityError, match="alert_open_key"):
        put(ledger, alert(now))


def test_a_silence_is_in_force_until_it_ends_or_is_lifted(ledger):
    made = store.silence(ledger, "main", lasts=timedelta(hours=1), actor="anna", reason="migration", rule="conn*")
    assert store.silences(ledger, "main") == (made,)
    assert (made.rule, made.subject, made.actor) == ("conn*", "*", "anna")
    assert store.silences(ledger, "other") == ()
    store.lift(ledger, "main", made.id, actor="bert", reason="done")
    assert store.silences(ledger, "main") == ()
    with pytest.raises(store.SilenceUnknown, match=f"no silence {made.id} in force"):
        store.lift(ledger, "main", made.id, actor="bert")
    trail = ledger.execute(select(AuditEvent.__table__).order_by(AuditEvent.__table__.c.id)).all()
    assert [(row.to_state, row.actor, row.reason) for row in trail] == [
        ("alerts silenced", "anna", "migration"),
        ("silence lifted", "bert", "done"),
    ]


def test_a_silence_that_has_ended_is_not_in_force(ledger):
    store.silence(ledger, "main", lasts=MINUTE, actor="anna", reason="")
    ledger.execute(update(Silence).values(until=func.now() - MINUTE))
    assert store.silences(ledger, "main") == ()


def test_a_silence_must_last(ledger):
    with pytest.raises(store.SilenceEndless):
        store.silence(ledger, "main", lasts=timedelta(0), actor="anna", reason="")


def test_an_acknowledgement_outlives_the_next_rounds(ledger, now):
    (made,) = put(ledger, alert(now))
    assert store.acknowledge(ledger, "main", made.id, actor="anna").acknowledged_by == "anna"
    store.apply(ledger, [Transition("seen", made)])  # decided on what was read before
    (read,) = store.active(ledger, "main")
    assert read.acknowledged_by == "anna"
    with pytest.raises(store.AlertUnknown):
        store.acknowledge(ledger, "other", made.id, actor="anna")


def test_history_is_kept_for_a_while(ledger, now):
    old = now - timedelta(days=91)
    made = put(ledger, alert(now), alert(now, "old", state="resolved", resolved_at=old))
    outbox.enqueue(ledger, [Notice("resolved", "chat", one) for one in made])
    store.silence(ledger, "main", lasts=MINUTE, actor="anna", reason="")
    ledger.execute(update(Silence).values(until=old))
    assert store.forget(ledger, "main", timedelta(days=90)) == 1
    assert len(deliveries(ledger)) == 1
    assert ledger.scalar(select(func.count()).select_from(Silence)) == 0
    assert [one.rule for one in store.active(ledger, "main")] == ["full"]


def test_a_notice_is_taken_once_and_recorded(ledger, now):
    (made,) = put(ledger, alert(now))
    outbox.enqueue(ledger, [Notice("firing", "chat", made)])
    (taken,) = outbox.take(ledger, "main")
    assert (taken.notice, taken.attempts) == (Notice("firing", "chat", made), 1)
    assert outbox.take(ledger, "main") == ()
    outbox.record(ledger, [Outcome(taken)], POLICY)
    assert deliveries(ledger) == [("chat", "firing", "delivered", 1, None)]
    assert outbox.past(ledger, [made.id])[made.id, "chat"].heard
    assert store.active(ledger, "main")[0].notified_at is not None


def test_a_notice_whose_sender_died_is_sent_again(ledger, now):
    outbox.enqueue(ledger, [Notice("firing", "chat", put(ledger, alert(now))[0])])
    assert len(outbox.take(ledger, "main")) == 1
    make_due(ledger)
    (again,) = outbox.take(ledger, "main")
    assert again.attempts == 2


def test_what_fails_waits_longer_each_time_and_is_given_up(ledger, now):
    (made,) = put(ledger, alert(now))
    outbox.enqueue(ledger, [Notice("firing", "chat", made)])
    waits = []
    for _ in range(3):
        (taken,) = outbox.take(ledger, "main")
        outbox.record(ledger, [Outcome(taken, "the receiver answered 500")], POLICY)
        waits.append(ledger.scalar(select(Delivery.next_attempt_at - func.clock_timestamp())))
        make_due(ledger)
    assert deliveries(ledger) == [("chat", "firing", "given up", 3, "the receiver answered 500")]
    assert [round(wait / MINUTE) for wait in waits] == [1, 2, 4]
    assert outbox.take(ledger, "main") == ()
    assert not outbox.past(ledger, [made.id])[made.id, "chat"].heard


def test_what_is_over_before_it_arrived_is_not_told(ledger, now):
    (made,) = put(ledger, alert(now))
    outbox.enqueue(ledger, [Notice("firing", "chat", made)])
    outbox.supersede(ledger, [made.id])
    assert outbox.take(ledger, "main") == ()
    assert deliveries(ledger)[0][2] == "superseded"


def test_one_channel_that_fails_stops_no_other_and_is_tried_once_a_round(ledger, now):
    made = put(ledger, *(alert(now, subject=str(number)) for number in range(60)))
    outbox.enqueue(ledger, [Notice("firing", channel, one) for one in made for channel in ("broken", "chat", "gone")])
    tried, got = [], []

    def broken(notices):
        tried.append(len(notices))
        raise RuntimeError("https://hooks.example/hush")

    ended_ = list(
        deliver(outbox.take(ledger, "main"), {"broken": broken, "chat": lambda notices: got.append(len(notices))})
    )
    outbox.record(ledger, ended_, POLICY)
    assert (tried, got) == ([50], [50, 10])
    assert {(channel, state, error) for channel, _, state, _, error in deliveries(ledger)} == {
        ("broken", "waiting", "RuntimeError"),
        ("chat", "delivered", None),
        ("gone", "waiting", "the channel is no longer configured"),
    }


def test_changes_that_ended_badly_are_news_for_a_while(ledger):
    for number, (state, minutes) in enumerate([("failed", 5), ("reverted", 5), ("failed", 90), ("kept", 5)]):
        ledger.execute(
            text(
                "INSERT INTO celeriac.change (target, kind, state, state_since, schema_name, table_name, identity,"
                " definition, ddl, origin, reason, promised, actor, last_error) VALUES ('main', 'build', :state,"
                " now() - :minutes * interval '1 minute', 'public', 'jobs', :identity, '{}', 'CREATE INDEX …',"
                " 'advisor', 'r', '{}', 'celeriac', 'lock timeout')"
            ),
            {"state": state, "minutes": minutes, "identity": str(number)},
        )
    readings = ended(ledger, "main", timedelta(hours=1))
    assert [(one.labels["state"], one.labels["table"]) for one in readings] == [
        ("failed", "public.jobs"),
        ("reverted", "public.jobs"),
    ]
    assert readings[0].sentence == "CREATE INDEX … (lock timeout)"
