"""What Prometheus scrapes, from the ledgers of several targets and over HTTP."""

import os
import socket
import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

import worker.app
from celeriac.alerts import store
from celeriac.alerts.alert import Alert
from celeriac.alerts.decide import Transition
from celeriac.ledger import clock, control
from celeriac.metrics import history, live
from celeriac.metrics.collect import METRICS
from celeriac.metrics.rise import rises
from celeriac.metrics.sample import Metric
from config.redis import results_client
from tasks import exposition, heartbeat, metrics
from worker import exposition as serving
from worker import quiet

RISING = Metric("celeriac_rising_total", "counter", "1", "It rises.", ("well",))


def parsed(body):
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@pytest.fixture
def port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def rise(ledger, *values):
    """Let the counter of one well take these values, a minute apart, up to now."""
    now = clock.instant(ledger)
    for age, value in zip(reversed(range(len(values))), values, strict=True):
        history.record(ledger, "main", [RISING.of(value, well="one")], at=now - timedelta(minutes=age))
    return [(one.labels, one.value) for one in rises(ledger, "main", [RISING.name], timedelta(minutes=5))]


def test_a_rise_is_what_came_between(ledger):
    assert rise(ledger, 10, 12, 17) == [({"well": "one"}, 7)]


def test_a_reset_is_no_fall(ledger):
    assert rise(ledger, 10, 12, 3, 4) == [({"well": "one"}, 2 + 3 + 1)]


def test_what_was_before_the_time_asked_for_is_not_counted(ledger):
    assert rise(ledger, 0, 100, 101, 102, 103, 104) == [({"well": "one"}, 4)]


def test_one_sample_has_not_risen(ledger):
    assert rise(ledger, 10) == []
    assert rises(ledger, "main", [], timedelta(minutes=5)) == ()


def test_what_the_ledger_tells_now_needs_no_sampling(ledger):
    now = clock.instant(ledger)
    grave = Alert("main", "full", "disk", "critical", "Full.", 1, "firing", since=now, last_seen=now, fired_at=now)
    store.apply(ledger, [Transition("fired", grave)])
    control.pause(ledger, "main", actor="anna", reason="test")
    ledger.execute(text("INSERT INTO celeriac.statement_window (target, complete, server) VALUES ('main', true, '{}')"))
    found = {(one.name, *one.labels.values()): one.value for one in live.read(ledger, "main", 2000)}
    captured = found.pop(("celeriac_last_capture_timestamp_seconds",))
    assert captured == pytest.approx(time.time(), abs=30)
    assert found == {("celeriac_paused",): 1, ("celeriac_alerts", "full", "critical", "firing"): 1}


def test_all_targets_are_told_and_one_that_is_away_stops_no_other(configure, ledger_url, redis_url, caplog):
    configured = configure(
        targets__main__url=ledger_url,
        targets__away__url="postgresql://127.0.0.1:1/nowhere",
        redis__broker_url=redis_url,
        redis__results_url=redis_url,
        redis__cache_url=redis_url,
    )
    worker.app.create(configured).set_default()
    metrics.record.apply().get()
    results_client().set(heartbeat.KEY, 1234.5)
    found = parsed(exposition.text())
    assert found["celeriac_ledger_up", "main"] == 1
    assert found["celeriac_ledger_up", "away"] == 0
    assert found["celeriac_last_beat_timestamp_seconds", "away"] == 1234.5
    assert found["celeriac_sampler_up", "activity", "main"] == 1
    assert {name for name, *_ in found} <= {metric.name for metric in METRICS}
    assert ("celeriac_ledger_up", "away") not in parsed(exposition.text(["main"]))
    assert "the ledger of away was not read for a scrape: TargetAway" in caplog.text


def test_a_redis_that_is_away_keeps_back_beats_mark_alone(configure, ledger_url, caplog):
    configure(targets__main__url=ledger_url, redis__retries="0")
    found = parsed(exposition.text())
    assert found["celeriac_ledger_up", "main"] == 1
    assert "celeriac_last_beat_timestamp_seconds" not in {name for name, *_ in found}
    assert "beat's mark was not read for a scrape" in caplog.text


def test_a_worker_answers_a_scraper(configure, ledger_url, redis_url, port, caplog):
    configure(
        targets__main__url=ledger_url,
        redis__results_url=redis_url,
        monitoring__port=str(port),
    )
    server = serving.serve()
    assert server is not None
    try:
        assert serving.serve() is None  # another worker of the same machine
        assert f"no /metrics on port {port}" in caplog.text
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("GET", f"http://127.0.0.1:{port}/metrics", timeout=10)
    finally:
        server.shutdown()
        server.server_close()
    assert answer.status == 200
    assert parsed(answer.data)["celeriac_ledger_up", "main"] == 1


@pytest.mark.parametrize("options", [{}, {"monitoring__port": "1", "role": "ddl"}])
def test_nothing_listens_unless_asked_for(configure, options, caplog):
    configure(**options)
    assert serving.serve() is None
    assert caplog.text == ""


def test_no_child_is_made_while_a_thread_is_busy():
    began, forked = threading.Event(), threading.Event()
    seen = []

    def work():
        with quiet.busy():
            began.set()
            time.sleep(0.3)
            seen.append(forked.is_set())

    thread = threading.Thread(target=work)
    thread.start()
    began.wait()
    child = os.fork()
    if child == 0:
        with quiet.busy():  # what the parent's thread held is free here
            os._exit(7)
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert seen == [False]


def test_a_fork_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(quiet, "PATIENCE_S", 0.05)
    with quiet.busy():
        child = os.fork()
        if child == 0:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    with quiet.busy():
        pass
