import json
import time
from contextlib import closing

import pytest
import redis
from celery import Celery
from celery import signals as celery_signals

from celeriac.metrics.samplers.queues import SENT_AT
from config.redis import results_client
from worker import signals


@pytest.fixture
def evicting(configured):
    client = results_client()
    client.config_set("maxmemory", "1gb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    yield
    client.config_set("maxmemory", "0")
    client.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_evicts_tasks_is_named(evicting, caplog):
    signals.warn_of_eviction()
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "the Redis of the broker evicts (allkeys-lru): tasks can be lost; set noeviction there"
    assert "of the results" in said[1]


def test_a_redis_that_keeps_everything_is_not_mentioned(configured, caplog):
    signals.warn_of_eviction()
    assert caplog.records == []


def test_every_ledger_is_migrated_and_what_cannot_be_is_said(configure, database_url, redis_url, caplog):
    configure(targets__main__url=database_url, targets__away__url="postgresql://127.0.0.1:1/nowhere")
    assert not signals.migrate_ledgers()
    assert "ledger of away was not migrated: Target 'away' cannot be reached" in caplog.text
    configure(targets__away__url=database_url)
    assert signals.migrate_ledgers()


def test_a_message_says_when_it_was_sent(redis_url):
    celery_signals.before_task_publish.connect(signals.stamp)
    try:
        with closing(Celery("sender", broker=redis_url, set_as_current=False)) as app:
            app.send_task("celeriac.test.anything", queue="waiting")
    finally:
        celery_signals.before_task_publish.disconnect(signals.stamp)
    with closing(redis.Redis.from_url(redis_url)) as client:
        headers = json.loads(client.lindex("waiting", 0))["headers"]
    assert headers[SENT_AT] == pytest.approx(time.time(), abs=30)
