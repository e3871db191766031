"""The dead man's alert as an operator meets it: beat is what has stopped, and a worker tells."""

import socket
import time
import urllib.request
from contextlib import closing

import pytest

from tests.acceptance.conftest import eventually
from tests.integration.alerts.conftest import listening

pytestmark = pytest.mark.slow

QUICK = {
    "CELERIAC_SCHEDULE__SPEED": "60",
    "CELERIAC_MONITORING__WATCH_EVERY": "500ms",
    "CELERIAC_MONITORING__OVERDUE_AFTER": "1s",
    "CELERIAC_ALERTS__RULES__BEAT_STOPPED__THRESHOLD": "0.3",  # of what counts as ten seconds at least
    "CELERIAC_ALERTS__RULES__BEAT_STOPPED__CALM": "0s",
}


def told(receiver):
    return [
        (one["status"], one["labels"]["alertname"])
        for body in receiver.bodies
        if body
        for one in body["alerts"]
        if one["labels"]["alertname"] == "beat_stopped"
    ]


def test_beat_that_stops_is_told_by_a_worker_and_told_to_be_over_when_it_is_back(system):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with listening() as receiver:
        channel = {"CELERIAC_CHANNELS__OPS__KIND": "webhook", "CELERIAC_CHANNELS__OPS__URL": receiver.url}
        scraped = {"CELERIAC_MONITORING__PORT": str(port)}
        with system.worker(concurrency=2, **QUICK, **channel, **scraped):
            eventually(lambda: told(receiver) == [("firing", "beat_stopped")])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                scrape = answer.read().decode()
            assert 'celeriac_alerts{rule="beat_stopped",severity="critical",state="firing",target="main"} 1.0' in scrape
            assert "celeriac_last_beat_timestamp_seconds" in scrape
            with system.running("beat", "beat", "--loglevel", "info", **QUICK, **channel):
                eventually(lambda: told(receiver)[1:] == [("resolved", "beat_stopped")])
                began = time.time()
                eventually(lambda: float(system.results.get("celeriac:beat")) > began)
    assert "alerts of main are not evaluated any more" in system.log("worker").read_text()
    assert "hush" not in system.log("worker").read_text().replace("hush-hush", "")
