"""The evaluation as a worker runs it, on real servers and to receivers on the loopback."""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

import worker.app
from celeriac.alerts import store
from celeriac.alerts.rules import RuleWrong
from celeriac.health import store as findings
from celeriac.health.finding import Finding
from celeriac.statements.regressions import store as regressions
from config.database import ledger
from config.redis import broker_client, results_client
from tasks import alerts, heartbeat, metrics, results
from worker import watch

NOWHERE = "postgresql://127.0.0.1:1/nowhere"
# Nothing but what a test asks for fires on a machine whose disk or load nobody knows.
QUIET = {f"alerts__rules__{name}__off": "true" for name in ("disk_space", "sampler_down", "metrics_stopped")}


@pytest.fixture
def started(configure, ledger_url, redis_url, receiver):
    """Start the application with a Slack channel to the receiver, and further settings."""

    def start(**options):
        given = {
            "targets__main__url": ledger_url,
            "redis__broker_url": redis_url,
            "redis__results_url": redis_url,
            "redis__cache_url": redis_url,
            "channels__chat__kind": "slack",
            "channels__chat__url": receiver.url,
            "alerts__retry_after": "0s",
        }
        configured = configure(**(given | QUIET | options))
        made = worker.app.create(configured)
        made.set_default()
        return made

    return start


@pytest.fixture
def full(started):
    """Any connection at all is too many, at once."""
    full = {"threshold": "0.001", "clear": "0.0005", "lasts": "0s", "calm": "0s"}
    return partial(started, **{f"alerts__rules__connections__{name}": value for name, value in full.items()})


def evaluate(target="main"):
    return alerts.evaluate.apply(kwargs={"target": target}).get()


def told(receiver):
    return [one["title"] for body in receiver.bodies for one in body["attachments"]]


def test_what_fires_is_told_once_published_and_told_to_be_over(full, receiver):
    full()
    metrics.record.apply().get()
    outcome = evaluate()
    assert (outcome["firing"], outcome["fired"], outcome["delivered"]) == (1, 1, 1)
    assert told(receiver) == ["FIRING: main connections"]
    (published,) = results.latest("alerts", "main")["alerts"]
    assert (published["rule"], published["state"], published["silenced"]) == ("connections", "firing", False)
    assert evaluate()["delivered"] == 0

    full(alerts__rules__connections__threshold="1.5", alerts__rules__connections__clear="1.5")
    outcome = evaluate()
    assert (outcome["firing"], outcome["resolved"]) == (0, 1)
    assert told(receiver) == ["FIRING: main connections", "RESOLVED: main connections"]
    assert results.latest("alerts", "main")["alerts"] == []


def test_what_did_not_arrive_is_sent_again(full, receiver):
    full()
    metrics.record.apply().get()
    receiver.status = 500
    assert evaluate()["undelivered"] == 1
    receiver.status = 200
    assert evaluate()["delivered"] == 1
    assert evaluate()["delivered"] == 0
    assert len(receiver.got) == 2


def test_one_channel_that_is_away_stops_no_other(full, receiver, caplog):
    full(channels__away__kind="webhook", channels__away__url="http://127.0.0.1:1/hush", channels__log__kind="log")
    metrics.record.apply().get()
    with caplog.at_level(logging.DEBUG):
        outcome = evaluate()
    assert (outcome["delivered"], outcome["undelivered"]) == (2, 1)
    assert told(receiver) == ["FIRING: main connections"]
    assert "[warning] FIRING: main connections" in caplog.text


def test_the_address_of_a_webhook_is_in_no_log_no_result_and_no_ledger(full, receiver, caplog):
    full(channels__away__kind="webhook", channels__away__url="http://127.0.0.1:1/hush")
    metrics.record.apply().get()
    receiver.status = 404
    with caplog.at_level(logging.DEBUG):
        outcome = evaluate()
    with ledger("main") as state:
        rows = state.execute(text("SELECT row_to_json(d)::text FROM celeriac.delivery AS d")).scalars().all()
    kept = [str(results_client().get(key)) for key in results_client().scan_iter("celeriac:main:*")]
    assert sorted(json.loads(row)["last_error"] for row in rows) == [
        "the receiver answered 404",
        "the receiver cannot be reached (NewConnectionError)",
    ]
    assert "hush" not in caplog.text + json.dumps(outcome) + "".join(rows) + "".join(kept)


def test_a_silence_keeps_it_quiet_and_shows(full, receiver):
    full()
    metrics.record.apply().get()
    with ledger("main") as state:
        made = store.silence(state, "main", lasts=timedelta(hours=1), actor="anna", reason="", rule="connections")
    assert evaluate()["firing"] == 1
    assert receiver.got == []
    assert results.latest("alerts", "main")["alerts"][0]["silenced"] is True
    with ledger("main") as state:
        store.lift(state, "main", made.id, actor="anna")
    evaluate()
    assert told(receiver) == ["FIRING: main connections"]


def test_what_nobody_acknowledges_goes_to_the_next_channel(full, receiver, second_receiver):
    full(
        channels__boss__kind="webhook",
        channels__boss__url=second_receiver.url,
        channels__boss__after="15m",
    )
    metrics.record.apply().get()
    evaluate()
    assert second_receiver.got == []
    with ledger("main") as state:
        state.execute(text("UPDATE celeriac.alert SET fired_at = fired_at - interval '20 minutes'"))
    evaluate()
    assert [body["alerts"][0]["labels"]["alertname"] for body in second_receiver.bodies] == ["connections"]


def test_a_database_that_does_not_answer_is_told_where_the_ledger_is_elsewhere(started, ledger_url, receiver):
    started(
        targets__main__url=NOWHERE,
        targets__main__state_url=ledger_url,
        alerts__rules__target_away__lasts="0s",
        alerts__rules__target_away__calm="0s",
    )
    assert evaluate()["firing"] == 1
    assert told(receiver) == ["FIRING: main target_away"]
    started(alerts__rules__target_away__calm="0s")
    evaluate()
    evaluate()
    assert told(receiver)[1:] == ["RESOLVED: main target_away"]


def test_a_database_that_takes_its_ledger_with_it_is_told_all_the_same(started, receiver, second_receiver):
    lost = {
        "targets__main__url": NOWHERE,
        "alerts__rules__target_away__lasts": "1ms",
        "channels__broken__kind": "webhook",
        "channels__broken__url": second_receiver.url,
    }
    second_receiver.status = 500
    started(**lost)
    assert evaluate() == {"firing": 0, "pending": 1, "ledger": "away"}
    time.sleep(0.01)
    assert evaluate() == {"firing": 1, "pending": 0, "ledger": "away"}
    evaluate()
    assert told(receiver) == ["FIRING: main target_away"]
    assert len(second_receiver.got) == 2  # it is told again until it hears
    assert [one["rule"] for one in results.latest("alerts", "main")["alerts"]] == ["target_away"]

    started(
        alerts__rules__target_away__calm="0s",
        channels__broken__kind="webhook",
        channels__broken__url=second_receiver.url,
    )
    evaluate()
    assert evaluate()["firing"] == 0
    assert told(receiver)[1:] == ["RESOLVED: main target_away"]
    assert len(second_receiver.got) == 2  # who never heard of it is not told that it is over
    with ledger("main") as state:
        (kept,) = store.resolved(state, "main")
    assert kept.rule == "target_away"
    assert results_client().get("celeriac:main:unreachable") is None


def test_the_rule_that_needs_no_ledger_can_be_switched_off(started, receiver):
    started(targets__main__url=NOWHERE, alerts__rules__target_away__off="true")
    assert evaluate() == {"firing": 0, "pending": 0, "ledger": "away"}


def test_beat_that_has_stopped_is_told_and_the_outside_hears_nothing_more(started, receiver, second_receiver):
    started(monitoring__heartbeat_url=second_receiver.url)
    heartbeat.begin()
    assert evaluate()["firing"] == 0
    assert [(method, path) for method, path, _ in second_receiver.got] == [("GET", "/services/hush")]
    results_client().set(heartbeat.KEY, time.time() - 3600)
    assert evaluate()["firing"] == 1
    assert told(receiver) == ["FIRING: main beat_stopped"]
    assert len(second_receiver.got) == 1


def test_a_heartbeat_that_nobody_takes_fails_nothing(started, second_receiver, caplog):
    second_receiver.status = 404
    started(monitoring__heartbeat_url=second_receiver.url)
    evaluate()
    assert "the heartbeat was not delivered: the receiver answered 404" in caplog.text
    assert "hush" not in caplog.text


def test_capture_that_has_stopped_is_told(started, receiver):
    started()
    with ledger("main") as state:
        state.execute(
            text(
                "INSERT INTO celeriac.statement_window (target, ended_at, complete, server)"
                " VALUES ('main', now() - interval '20 minutes', true, '{}')"
            )
        )
    evaluate()
    assert told(receiver) == ["FIRING: main capture_stopped"]


def test_a_duty_that_is_switched_off_is_not_missed(started, receiver):
    started(schedule__every__statements_capture="0")
    with ledger("main") as state:
        state.execute(
            text(
                "INSERT INTO celeriac.statement_window (target, ended_at, complete, server)"
                " VALUES ('main', now() - interval '20 minutes', true, '{}')"
            )
        )
    assert evaluate()["firing"] == 0


def test_a_critical_finding_is_told_as_long_as_somebody_looks(started, receiver):
    started(alerts__rules__finding__calm="0s")
    grave = Finding("sequences", "critical", "public.jobs_id_seq", "It ends soon.")
    with ledger("main") as state:
        findings.record(state, "main", [grave, Finding("connections", "warning", "server", "Many.")])
    assert evaluate()["firing"] == 0  # nobody says that the checks ran of late
    results.publish("health", "main", {"findings": []})
    evaluate()
    assert told(receiver) == ["FIRING: main finding sequences public.jobs_id_seq"]
    assert receiver.bodies[0]["attachments"][0]["text"] == "It ends soon."


def test_a_regression_is_told_and_a_new_statement_is_not(started, receiver):
    started()
    now = datetime.now(UTC)
    with ledger("main") as state:
        for fingerprint, ratio in (("f00", 3.5), ("ba2", 1.5), ("new", None)):
            slower = regressions.New(fingerprint, "plan", f"{fingerprint} reads more.", ratio, {}, {}, 9.0, now, now)
            regressions.begin(state, "main", slower)
    results.publish("regressions", "main", {"regressions": []})
    evaluate()
    assert told(receiver) == ["FIRING: main regression f00"]
    assert receiver.bodies[0]["attachments"][0]["text"] == "f00 reads more."


def test_counters_are_judged_by_what_they_rose(started, receiver):
    started(alerts__rules__deadlocks__calm="0s")
    with ledger("main") as state:
        state.execute(
            text(
                "INSERT INTO celeriac.metric_series (target, name, labels) VALUES "
                "('main', 'celeriac_postgres_deadlocks_total', '{}'),"
                "('main', 'celeriac_sampler_up', '{\"sampler\": \"database\"}')"
            )
        )
        state.execute(
            text(
                "INSERT INTO celeriac.metric_sample (series_id, at, value) SELECT s.id,"
                " now() - n * interval '1 minute', CASE s.name WHEN 'celeriac_sampler_up' THEN 1 ELSE 1000 - n * 2 END"
                " FROM celeriac.metric_series AS s, generate_series(0, 3) AS n"
            )
        )
    evaluate()
    assert told(receiver) == ["FIRING: main deadlocks"]
    assert receiver.bodies[0]["attachments"][0]["text"] == "6 deadlocks within 15 minutes."


@pytest.mark.parametrize(
    ("broken", "what"),
    [("regression", "regressions"), ("finding", "ledger"), ("change", "changes"), ("metric_sample", "rises")],
)
def test_one_source_that_fails_stops_no_other(started, receiver, caplog, broken, what):
    started()
    results_client().set(heartbeat.KEY, time.time())
    with ledger("main") as state:
        state.execute(text(f"ALTER TABLE celeriac.{broken} RENAME TO gone"))
    assert evaluate()["firing"] == 0
    assert f"alerts are judged without {what}: UndefinedTable" in caplog.text
    results.publish("health", "main", {"findings": []})
    if broken != "finding":
        with ledger("main") as state:
            findings.record(state, "main", [Finding("sequences", "critical", "s", "It ends soon.")])
        evaluate()
        assert told(receiver) == ["FIRING: main finding sequences s"]


def test_what_cannot_be_read_resolves_nothing(started, receiver):
    started(alerts__rules__finding__calm="0s")
    results.publish("health", "main", {"findings": []})
    with ledger("main") as state:
        findings.record(state, "main", [Finding("sequences", "critical", "s", "It ends soon.")])
    assert evaluate()["firing"] == 1
    with ledger("main") as state:
        state.execute(text("ALTER TABLE celeriac.finding RENAME TO gone"))
    assert (evaluate()["firing"], len(receiver.got)) == (1, 1)


def test_a_task_of_the_receivers_own_is_sent_through_the_broker(full):
    full(channels__shop__kind="task", channels__shop__task="shop.on_alert", channels__shop__queue="shop")
    metrics.record.apply().get()
    assert evaluate()["delivered"] == 2
    assert waiting(broker_client(), "shop*") == ["shop.on_alert"]


def test_a_rule_on_a_metric_that_is_not_there_stops_the_start(started):
    with pytest.raises(RuleWrong, match="rule 'mine' is wrong: there is no metric celeriac_nothing"):
        started(alerts__rules__mine='{"metric": "celeriac_nothing", "threshold": 1}')


def waiting(redis, queues="celeriac*"):
    return [
        json.loads(one)["headers"]["task"]
        for key in redis.scan_iter(queues)
        if redis.type(key) == "list"
        for one in redis.lrange(key, 0, -1)
    ]


def test_a_worker_sends_the_evaluation_where_beat_no_longer_does(started, caplog):
    app = started()
    watch.look(app, ["main"])
    watch.look(app, ["main"])  # another worker, at the same time
    assert waiting(broker_client()) == ["celeriac.alerts.evaluate"]
    assert "alerts of main are not evaluated any more" in caplog.text


def test_a_worker_sends_nothing_while_alerts_are_evaluated(started):
    app = started()
    evaluate()
    watch.look(app, ["main"])
    assert waiting(broker_client()) == []


def test_a_watch_that_cannot_look_goes_on(started, caplog):
    app = started(redis__results_url="redis://127.0.0.1:1/0", redis__retries="0")
    watch.look(app, ["main"])
    assert "whether alerts of main are evaluated is not known" in caplog.text


@pytest.fixture
def first_mark(monkeypatch):
    monkeypatch.setattr(heartbeat, "_next_at", float("-inf"))


def test_only_what_beat_sends_leaves_its_mark(started, first_mark):
    started()
    heartbeat.note(headers={"task": "celeriac.statements.capture"})
    heartbeat.note()
    assert heartbeat.last() is None
    heartbeat.note(headers={heartbeat.MARK: True})
    assert heartbeat.last() == pytest.approx(time.time(), abs=10)
    results_client().set(heartbeat.KEY, 1)
    heartbeat.begin()
    assert heartbeat.last() == 1
    heartbeat.note(headers={heartbeat.MARK: True})  # not for every message
    assert heartbeat.last() == 1


def test_beat_goes_on_where_its_mark_cannot_be_left(started, first_mark, caplog):
    started(redis__results_url="redis://127.0.0.1:1/0", redis__retries="0")
    for _ in range(3):
        heartbeat.note(headers={heartbeat.MARK: True})
    heartbeat.begin()
    assert caplog.text.count("beat's mark was not left") == 1
    assert "beat's mark was not looked for" in caplog.text


def test_findings_of_long_ago_say_nothing_of_now(started, receiver):
    started()
    with ledger("main") as state:
        findings.record(state, "main", [Finding("sequences", "critical", "s", "It ends soon.")])
    old = datetime.now(UTC) - timedelta(hours=2)
    results_client().set(results.key("health", "main"), json.dumps({"produced_at": old.isoformat(), "findings": []}))
    evaluate()
    assert receiver.got == []
