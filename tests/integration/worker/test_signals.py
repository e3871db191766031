import pytest

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
