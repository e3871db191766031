import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from celeriac.metrics import history
from celeriac.metrics.collect import METRICS, collect, failed
from celeriac.metrics.policy import MetricsPolicy
from celeriac.metrics.samplers import SAMPLERS, Sampler, queues, waits
from celeriac.metrics.sources import Broker, Sources

POLICY = MetricsPolicy()
POSTGRES = {sampler.name for sampler in SAMPLERS if sampler.needs == "postgres"}


BUSY = """
local began = redis.call('TIME')
repeat
    local now = redis.call('TIME')
until (now[1] - began[1]) * 1000000 + now[2] - began[2] > 25000
"""
"""A script of 25 ms."""


@pytest.fixture
def other_session(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as opened:
        yield opened


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


def sampled(**sources):
    samples = collect(Sources(**{"system": False} | sources), POLICY)
    assert failed(samples) == ()
    return {
        (sample.name.removeprefix("celeriac_"), *(value for _, value in sample.labels)): sample.value
        for sample in samples
    }


def test_every_sampler_answers_on_this_server_and_says_only_what_is_documented(connection, client):
    broker = Broker(client, ("celeriac",))
    samples = collect(Sources(postgres=connection, redis={"cache": client}, broker=broker), POLICY)
    assert failed(samples) == ()
    documented = {metric.name: (set(metric.labels), metric.unit) for metric in METRICS}
    assert [one for one in samples if (set(dict(one.labels)), one.unit) != documented.get(one.name)] == []
    assert len(samples) == len({(sample.name, sample.labels) for sample in samples})


def test_a_session_that_sits_in_its_transaction_is_seen(connection, other_session):
    before = sampled(postgres=connection)
    connection.rollback()
    other_session.execute(text("SELECT pg_sleep(0.02)"))
    found = sampled(postgres=connection)
    state = ("postgres_connections", "idle_in_transaction")
    assert found[state] == before[state] + 1
    assert found["postgres_longest_transaction_seconds",] >= 0.02
    assert found["postgres_longest_idle_transaction_seconds",] > 0
    assert found["postgres_connections_limit",] == float(connection.scalar(text("SHOW max_connections")))


def test_tables_are_counted_and_the_largest_named(connection):
    connection.execute(text("CREATE TABLE jobs (id int PRIMARY KEY, body text)"))
    connection.execute(text("INSERT INTO jobs SELECT n, repeat('x', 100) FROM generate_series(1, 1000) AS n"))
    connection.commit()
    connection.execute(text("ANALYZE jobs"))
    pages = connection.scalar(text("SELECT relpages FROM pg_class WHERE relname = 'jobs'"))
    found = sampled(postgres=connection)
    assert (found["postgres_relations", "table"], found["postgres_relations", "index"]) == (1, 1)
    assert found["postgres_table_bytes", "heap", "public", "jobs"] == pages * 8192
    assert found["postgres_database_bytes",] == connection.scalar(text("SELECT pg_database_size(current_database())"))


def test_dead_rows_name_their_table(connection):
    connection.execute(text("CREATE TABLE jobs (id int) WITH (autovacuum_enabled = off)"))
    connection.execute(text("INSERT INTO jobs SELECT generate_series(1, 100)"))
    connection.execute(text("UPDATE jobs SET id = id"))
    connection.commit()
    key = ("postgres_table_dead_rows", "public", "jobs")
    found = poll(connection, lambda found: key in found)
    assert found[key] == found["postgres_dead_rows",] == 100


def test_the_log_ahead_grows_with_what_is_written(connection):
    before = sampled(postgres=connection)["postgres_wal_bytes_total",]
    connection.execute(text("CREATE TABLE jobs AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"))
    connection.commit()
    assert sampled(postgres=connection)["postgres_wal_bytes_total",] > before + 1_000_000


def test_a_primary_without_standbys_says_so_and_a_slot_is_named(connection):
    connection.execute(text("SELECT pg_create_physical_replication_slot('celeriac_slot', true)"))
    try:
        found = sampled(postgres=connection)
    finally:
        connection.execute(text("SELECT pg_drop_replication_slot('celeriac_slot')"))
    assert (found["postgres_is_standby",], found["postgres_standbys",]) == (0, 0)
    assert found["postgres_slot_retained_bytes", "false", "celeriac_slot"] >= 0
    assert ("postgres_slot_safe_bytes", "celeriac_slot") not in found  # no limit is set


def test_how_far_a_slot_is_from_being_lost_is_told_where_there_is_a_limit(connection):
    connection.execute(text("SELECT pg_create_physical_replication_slot('celeriac_slot', true)"))
    connection.commit()
    try:
        keep_wal(connection, "100MB")
        found = poll(connection, lambda found: ("postgres_slot_safe_bytes", "celeriac_slot") in found)
    finally:
        keep_wal(connection, "-1")
        connection.execute(text("SELECT pg_drop_replication_slot('celeriac_slot')"))
    assert 0 < found["postgres_slot_safe_bytes", "celeriac_slot"] <= 200 * 2**20


def test_one_that_is_too_slow_is_cut_and_the_next_goes_on(connection):
    def doze(sources, policy):
        sources.postgres.execute(text("SELECT pg_sleep(30)"))
        yield from ()

    samplers = (Sampler("dozing", "postgres", (), doze), *SAMPLERS)
    began = time.monotonic()
    samples = collect(Sources(postgres=connection, system=False), MetricsPolicy(sampler_timeout_ms=500), samplers)
    assert failed(samples) == ("dozing",)
    assert "celeriac_postgres_database_bytes" in {sample.name for sample in samples}
    assert time.monotonic() - began < 20


def test_a_lost_connection_downs_only_what_needs_it(connection, client):
    connection.connection.driver_connection.close()
    samples = collect(Sources(postgres=connection, redis={"cache": client}, system=False), POLICY)
    assert set(failed(samples)) == POSTGRES
    assert "celeriac_redis_clients" in {sample.name for sample in samples}


def test_a_session_that_waits_for_a_lock_is_seen_with_who_blocks_it(connection, other_session, database_url):
    other_session.execute(text("CREATE TABLE jobs (id int)"))
    other_session.commit()
    other_session.execute(text("LOCK TABLE jobs"))
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as waiting, ThreadPoolExecutor(1) as threads:
        waited = threads.submit(waiting.execute, text("SELECT id FROM jobs"))
        found = poll(connection, lambda found: found["postgres_lock_waits", "relation"] == 1)
        connection.rollback()
        other_session.rollback()
        waited.result(10)
        waiting.rollback()
    assert found["postgres_blocking_sessions",] == 1
    assert found["postgres_longest_lock_wait_seconds",] > 0
    assert found["postgres_wait_event_sessions", "relation", "lock"] == 1
    assert sampled(postgres=connection)["postgres_lock_waits", "relation"] == 0
    engine.dispose()


def test_an_event_that_nobody_waits_for_any_more_is_told_as_none(connection, ledger):
    event = {"type": "lock", "event": "relation"}
    history.record(ledger, "main", [waits.EVENTS.of(2, **event)])
    sources = Sources(postgres=connection, ledger=ledger, system=False)
    told = [one for one in waits.sample(sources, POLICY) if dict(one.labels) == event]
    assert [one.value for one in told] == [0]


def test_vacuums_are_counted_by_who_began_them(connection):
    found = sampled(postgres=connection)
    assert {key[1] for key in found if key[0] == "postgres_vacuums"} == {"automatic", "manual"}


def test_a_running_vacuum_names_its_table(connection, database_url):
    connection.execute(text("CREATE TABLE jobs (id int)"))
    connection.execute(text("INSERT INTO jobs SELECT generate_series(1, 100000)"))
    connection.commit()
    engine = create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as vacuuming, ThreadPoolExecutor(1) as threads:
        vacuuming.execute(text("SET vacuum_cost_delay = 50"))
        vacuuming.execute(text("SET vacuum_cost_limit = 10"))
        pid = vacuuming.scalar(text("SELECT pg_backend_pid()"))
        running = threads.submit(vacuuming.execute, text("VACUUM jobs"))
        found = poll(connection, lambda found: found["postgres_vacuums", "manual"] == 1)
        connection.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError):
            running.result(10)
    engine.dispose()
    assert 0 <= found["postgres_vacuum_scanned_ratio", "public", "jobs"] <= 1


def test_slow_commands_are_counted_and_the_slowest_named(client):
    client.config_set("slowlog-log-slower-than", 1_000)
    before = sampled(redis={"cache": client})["redis_slow_commands_total", "cache"]
    client.eval(BUSY, 0)
    found = sampled(redis={"cache": client})
    client.config_set("slowlog-log-slower-than", 10_000)
    assert found["redis_slow_commands_total", "cache"] >= before + 1
    assert found["redis_slowest_command_seconds", "cache"] >= 0.02
    assert 0 < found["redis_ping_seconds", "cache"] < 1


def test_latency_spikes_are_named_where_they_are_watched(client):
    client.config_set("latency-monitor-threshold", 10)
    client.eval(BUSY, 0)
    found = sampled(redis={"cache": client})
    client.config_set("latency-monitor-threshold", 0)
    assert found["redis_latency_seconds", "command", "cache"] >= 0.02


def test_what_a_crash_would_lose_is_counted(client):
    before = sampled(redis={"cache": client})["redis_unsaved_changes", "cache"]
    client.set("here", 1)
    found = sampled(redis={"cache": client})
    assert found["redis_unsaved_changes", "cache"] == before + 1
    assert found["redis_aof_enabled", "cache"] == 0


def test_a_server_that_forbids_its_slow_log_still_tells_the_rest(client):
    client.acl_setuser("modest", enabled=True, nopass=True, commands=["+@all", "-slowlog", "-latency"], keys=["*"])
    host = client.connection_pool.connection_kwargs
    with redis.Redis(host=host["host"], port=host["port"], username="modest", password="any") as modest:
        found = sampled(redis={"cache": modest})
    client.acl_deluser("modest")
    assert found["redis_clients", "cache"] >= 1
    assert ("redis_slow_commands_total", "cache") not in found


def test_redis_tells_hits_from_misses(client):
    before = sampled(redis={"cache": client})
    client.set("here", 1)
    client.get("here")
    client.get("not here")
    found = sampled(redis={"cache": client})
    for outcome in ("hit", "miss"):
        key = ("redis_lookups_total", outcome, "cache")
        assert found[key] == before[key] + 1
    assert found["redis_keys", "0", "cache"] == 1
    assert found["redis_persistence_ok", "cache"] == 1


def test_queues_are_counted_by_priority(client):
    broker = Broker(client, ("celeriac", "celeriac.ddl"), (0, 5))
    old = json.dumps({"headers": {queues.SENT_AT: time.time() - 60}})
    client.lpush(broker.key("celeriac", 5), old, json.dumps({"headers": {queues.SENT_AT: time.time()}}))
    client.lpush(broker.key("celeriac", 0), json.dumps({"headers": {}}))
    found = sampled(broker=broker)
    assert {key[1:]: value for key, value in found.items() if key[0] == "queue_messages"} == {
        ("0", "celeriac"): 1,
        ("5", "celeriac"): 2,
        ("0", "celeriac.ddl"): 0,
        ("5", "celeriac.ddl"): 0,
    }
    assert found["queue_oldest_message_seconds", "5", "celeriac"] == pytest.approx(60, abs=5)
    assert found["queue_oldest_message_seconds", "5", "celeriac.ddl"] == 0
    assert ("queue_oldest_message_seconds", "0", "celeriac") not in found  # its publisher did not say when


def test_a_message_that_is_no_json_has_no_age(client):
    client.lpush("celeriac", b"\xff{")
    found = sampled(broker=Broker(client, ("celeriac",), (0,)))
    assert found["queue_messages", "0", "celeriac"] == 1
    assert ("queue_oldest_message_seconds", "0", "celeriac") not in found


def test_what_workers_hold_is_counted_with_its_age(client):
    client.hset("unacked", "tag", "{}")
    client.zadd("unacked_index", {"tag": time.time() - 30})
    found = sampled(broker=Broker(client, ("celeriac",)))
    assert found["queue_unacknowledged_messages",] == 1
    assert found["queue_unacknowledged_oldest_seconds",] == pytest.approx(30, abs=5)


def poll(connection, good):
    """Counters of a session reach the others within a second."""
    deadline = time.monotonic() + 5
    while True:
        found = sampled(postgres=connection)
        connection.rollback()
        if good(found) or time.monotonic() > deadline:
            return found


def keep_wal(connection, limit):
    connection.rollback()
    with connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as superuser:
        superuser.execute(text(f"ALTER SYSTEM SET max_slot_wal_keep_size = '{limit}'"))
        superuser.execute(text("SELECT pg_reload_conf()"))
