"""Redis and Celery: faults planted in real servers, as the task sees them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from celery import Celery
from celery.contrib.testing.worker import start_worker
from kombu import Queue

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy
from celeriac.health.services import SERVICE_CHECKS, examine_services, queues_waiting
from celeriac.metrics import history
from celeriac.metrics.samplers.queues import MESSAGES
from config.database import ledger
from sandbox.redis import RedisServer, redis_server
from tasks import health, heartbeat, outcomes, results, services
from tests.integration.conftest import Configure

CAPTURE = "celeriac.statements.capture"


@pytest.fixture(scope="module")
def cache_server(server_state: Path) -> Iterator[RedisServer]:
    folder = server_state / "health_cache"
    folder.mkdir(mode=0o755)
    with redis_server(folder, {}, settings={"maxmemory": "100mb", "maxmemory-policy": "allkeys-lfu"}) as server:
        yield server


@pytest.fixture(scope="module")
def queue_server(server_state: Path) -> Iterator[RedisServer]:
    folder = server_state / "health_queue"
    folder.mkdir(mode=0o755)
    with redis_server(folder, {}, settings={"maxmemory": "100mb", "appendonly": "yes"}) as server:
        yield server


@pytest.fixture
def app(
    configure: Configure, ledger_url: str, queue_server: RedisServer, cache_server: RedisServer
) -> Iterator[Celery]:
    """A deployment as it should be: one Redis for queues and results, and another for the cache."""
    queue, cache = queue_server.url(), cache_server.url()
    configure(
        targets__main__url=ledger_url,
        redis__broker_url=queue,
        redis__results_url=queue,
        redis__cache_url=cache,
        analysis__max_latency_ms="5000",  # what a busy machine cannot change
        analysis__max_stall_ms="5000",
        analysis__slow_command_ms="5000",
    )
    for url in (queue, cache):
        with redis.Redis.from_url(url) as client:
            client.flushall()
            client.config_resetstat()
    app = Celery("test", broker=queue, backend=queue, set_as_current=True)
    app.conf.update(task_queues=(Queue("celeriac"), Queue("celeriac.ddl")), task_default_queue="celeriac")
    heartbeat.begin()
    yield app
    app.close()


@pytest.fixture
def queue(app: Celery, queue_server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(queue_server.url()) as client:
        yield client


@pytest.fixture
def cache(app: Celery, cache_server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(cache_server.url()) as client:
        yield client


def look(app: Celery, policy: HealthPolicy = HealthPolicy()) -> tuple[Finding, ...]:  # noqa: B008 - frozen
    facts, adopted = services.gather(app, "main")
    return (*examine_services(facts, policy), *adopted)


def bad(app: Celery, check: str, policy: HealthPolicy = HealthPolicy()) -> tuple[Finding, ...]:  # noqa: B008 - frozen
    found = tuple(one for one in look(app, policy) if one.check == check)
    assert found
    return tuple(one for one in found if one.severity in ("warning", "critical"))


def test_a_deployment_as_it_should_be_is_left_alone(app: Celery) -> None:
    with start_worker(
        app, perform_ping_check=False, queues=["celeriac", "celeriac.ddl"], pool="solo", loglevel="ERROR"
    ):
        found = {one.check: one for one in look(app)}
    assert {name: one.sentence for name, one in found.items() if one.severity != "ok"} == {}
    assert found.keys() == {one.name for one in SERVICE_CHECKS} | {name for name, *_ in services.ADOPTED.values()}


def test_where_no_worker_answers_nothing_is_said_of_who_takes(app: Celery) -> None:
    (finding,) = [one for one in look(app) if one.check == "queues_unserved"]
    assert (finding.severity, finding.sentence) == ("skipped", "Not looked at: no worker answered in time.")


@contextmanager
def configured_as(client: redis.Redis, **settings: str) -> Iterator[None]:
    names = {name.replace("_", "-"): value for name, value in settings.items()}
    before = {name: client.config_get(name)[name] for name in names}
    try:
        for name, value in names.items():
            client.config_set(name, value)
        yield
    finally:
        for name, value in before.items():
            client.config_set(name, value)


def test_finds_a_broker_that_may_throw_out_messages_and_its_cure_mends_it(app: Celery, queue: redis.Redis) -> None:
    with configured_as(queue, maxmemory_policy="allkeys-lru"):
        (finding,) = bad(app, "redis_eviction")
        assert (finding.severity, finding.subject) == ("critical", "Redis of broker and results")
        assert finding.cure is not None
        queue.execute_command(*finding.cure.split())
        assert not bad(app, "redis_eviction")


def test_finds_a_broker_whose_queues_end_with_its_process(app: Celery, queue: redis.Redis) -> None:
    with configured_as(queue, appendonly="no", save=""):
        assert bad(app, "redis_unsaved")
        queue.config_set("save", "3600 1")
        assert not bad(app, "redis_unsaved")


def test_finds_a_broker_without_room(app: Celery, queue: redis.Redis) -> None:
    with configured_as(queue, maxmemory="0"):
        assert "no memory limit" in bad(app, "redis_memory")[0].sentence
    with configured_as(queue, maxmemory=str(int(queue.info("memory")["used_memory"] * 1.1))):
        assert bad(app, "redis_memory")[0].severity == "critical"


def test_finds_a_cache_that_shares_the_queues_server(
    configure: Configure, app: Celery, queue_server: RedisServer
) -> None:
    configure(redis__cache_url=queue_server.url(1))
    (finding,) = bad(app, "redis_shared")
    assert finding.subject == "Redis of broker and results and cache"
    assert {one.severity for one in look(app) if one.check.startswith("cache_")} == {"ok"}


def test_finds_a_redis_that_does_not_answer(configure: Configure, app: Celery) -> None:
    configure(redis__cache_url="unix:///nowhere/redis.sock")
    (finding,) = bad(app, "redis_away")
    assert (finding.severity, finding.subject) == ("critical", "Redis of cache")


def test_without_a_broker_nothing_is_said_of_queues(configure: Configure, app: Celery) -> None:
    configure(redis__broker_url="unix:///nowhere/redis.sock", redis__results_url="unix:///nowhere/redis.sock")
    found = {one.check: one.severity for one in look(app)}
    named = ("queues_unserved", "queues_waiting", "undeliverable", "beat_silent", "schedule_late", "schedule_failing")
    assert {found[name] for name in named} == {"skipped"}


def test_finds_a_cache_full_of_clients_that_wait(app: Celery, cache: redis.Redis) -> None:
    waiting = [redis.Redis.from_url(url_of(cache)).connection_pool.get_connection() for _ in range(25)]
    try:
        for one in waiting:
            one.send_command("BLPOP", "never", 0)
        ends = time.monotonic() + 5
        while cache.info("clients")["blocked_clients"] < 25 and time.monotonic() < ends:
            time.sleep(0.02)
        (finding,) = bad(app, "redis_blocked")
        assert finding.evidence["blocked"] == 25
    finally:
        for one in waiting:
            one.disconnect()


def test_takes_over_what_the_caches_own_analysis_finds(app: Celery, cache: redis.Redis) -> None:
    with configured_as(cache, maxmemory=str(int(cache.info("memory")["used_memory"] * 1.02))):
        (finding,) = bad(app, "cache_memory")
    assert (finding.severity, finding.subject) == ("warning", "Redis of cache")


def test_finds_messages_that_wait_for_long(app: Celery, queue: redis.Redis) -> None:
    sent = {"headers": {"celeriac_sent_at": time.time() - 1_000}}
    queue.lpush("celeriac\x06\x165", json.dumps(sent))
    (finding,) = bad(app, "queues_waiting")
    assert finding.subject == "celeriac"
    assert finding.evidence["oldest_s"] == pytest.approx(1_000, abs=5)
    assert not bad(app, "queues_waiting", HealthPolicy(queue_age_s=2_000))


def test_finds_a_queue_that_is_long(app: Celery, queue: redis.Redis) -> None:
    queue.lpush("celeriac.ddl", *(json.dumps({"headers": {}}) for _ in range(11)))
    assert not bad(app, "queues_waiting", HealthPolicy(queue_messages=12))
    assert bad(app, "queues_waiting", HealthPolicy(queue_messages=11))[0].evidence["messages"] == 11


def test_finds_a_queue_that_grows(app: Celery, queue: redis.Redis) -> None:
    queue.lpush("celeriac", *(json.dumps({"headers": {}}) for _ in range(300)))
    with ledger() as state:
        past = datetime.now(UTC) - timedelta(minutes=8)
        history.record(state, "main", [MESSAGES.of(90, queue="celeriac", priority=0)], at=past)
        history.record(state, "main", [MESSAGES.of(300, queue="celeriac", priority=0)])
        before = services.waited(state, "main")
    assert before == {"celeriac": 90}
    facts, _ = services.gather(app, "main", before)
    (finding,) = queues_waiting.judge(facts, HealthPolicy())
    assert finding.sentence.endswith("ten minutes ago there were 90.")
    assert not bad(app, "queues_waiting")


def test_finds_a_queue_that_no_worker_takes_from(app: Celery) -> None:
    with start_worker(app, perform_ping_check=False, queues=["celeriac"], pool="solo", loglevel="ERROR"):
        (finding,) = bad(app, "queues_unserved")
    assert (finding.severity, finding.subject) == ("critical", "celeriac.ddl")


def test_finds_messages_that_no_queue_took(app: Celery, queue: redis.Redis) -> None:
    queue.lpush("celeriac.undeliverable", "{}", "{}")
    assert bad(app, "undeliverable")[0].evidence["messages"] == 2


def test_finds_a_message_whose_worker_is_gone(app: Celery, queue: redis.Redis) -> None:
    queue.zadd("unacked_index", {"tag": time.time() - 6 * 3_600})
    assert bad(app, "messages_held")


def test_finds_a_beat_that_is_silent(app: Celery, queue: redis.Redis) -> None:
    queue.set(heartbeat.KEY, time.time() - 1_000)
    (finding,) = bad(app, "beat_silent")
    assert finding.evidence["silent_s"] == pytest.approx(1_000, abs=5)


def test_finds_a_task_that_is_long_due(app: Celery, queue: redis.Redis) -> None:
    outcomes.count(CAPTURE, "runs", 5.0, "main")
    assert not bad(app, "schedule_late")
    ended = {"at": datetime.now(UTC) - timedelta(minutes=20), "outcome": "runs", "ms": 5.0}
    queue.hset(f"celeriac:tasks:{CAPTURE}", "last:main", json.dumps(ended, default=str))
    (finding,) = bad(app, "schedule_late")
    assert finding.subject == CAPTURE


def test_finds_a_task_that_failed(app: Celery) -> None:
    outcomes.count(CAPTURE, "failed", 5.0, "main", "the sky fell")
    (finding,) = bad(app, "schedule_failing")
    assert (finding.subject, "the sky fell" in finding.sentence) == (CAPTURE, True)
    outcomes.count(CAPTURE, "runs", 5.0, "main")
    assert not bad(app, "schedule_failing")


def test_the_task_remembers_what_it_found_and_tells_what_is_new(app: Celery, queue: redis.Redis) -> None:
    queue.lpush("celeriac.undeliverable", "{}")
    first = health.check.apply().get()
    assert first["opened"] >= 1
    assert health.check.apply().get()["opened"] == 0
    queue.delete("celeriac.undeliverable")
    assert health.check.apply().get()["resolved"] == 1
    published = results.latest("health", "main")
    assert published is not None
    assert {"undeliverable", "sequences", "cache_memory"} <= {one["check"] for one in published["findings"]}


def url_of(client: redis.Redis) -> str:
    arguments = client.connection_pool.connection_kwargs
    return f"redis://:{arguments.get('password') or ''}@{arguments['host']}:{arguments['port']}/0"
