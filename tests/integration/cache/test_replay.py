"""Hot keys on a real Redis: found, computed anew before they end, and warmed first where Redis lost them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from sqlalchemy import Connection, NullPool, create_engine, text

from celeriac.cache import MISS, Cache, cached
from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.warmers import (
    Hot,
    HotKey,
    SqlWarmer,
    TaskWarmer,
    WarmPolicy,
    due,
    first,
    hottest,
    recall,
    replay_functions,
    run,
)
from sandbox.redis import RedisServer

USERS = SqlWarmer(
    name="users",
    query="SELECT id, email FROM users WHERE id < 0",
    key="user:{id}",
    namespace="users",
    ttl_s=3_600,
    tags=("user:{id}",),
    replay_query="SELECT id, email FROM users WHERE id = CAST(:id AS bigint)",
)
JOBS = TaskWarmer(name="jobs", task="shop.warm_job", queue="shop", namespace="jobs", key="job:{job}:{kind}")


@pytest.fixture
def users(connection: Connection) -> Connection:
    connection.execute(text("CREATE TABLE users AS SELECT id, 'user' || id AS email FROM generate_series(1, 500) id"))
    connection.commit()
    return connection


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as opened:
        yield opened
        opened.config_set("maxmemory-policy", "noeviction")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Connection]:
    engine = create_engine(ledger_url, poolclass=NullPool)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def test_keys_of_warmed_namespaces_are_found_by_what_they_are_worth(cache: Cache, client: redis.Redis):
    cache.set_many({"user:1": "x", "user:2": "x" * 5_000, "~digest": 1}, ttl_s=60, namespace="users")
    cache.set("a", 1, namespace="others")
    client.set("session:1", "x")
    costs = {"users": NamespaceStatistics("users", computations=10, compute_us=50_000)}
    hot = hottest(client, "cache", costs, {"users"}, WarmPolicy())
    assert [(one.namespace, one.key) for one in hot] == [("users", "user:1"), ("users", "user:2")]
    assert hot[0].cost_ms == 5.0
    assert 50 < hot[0].left_s <= 60


def test_a_server_that_counts_accesses_tells_the_hottest(cache: Cache, client: redis.Redis):
    client.config_set("maxmemory-policy", "allkeys-lfu")
    cache.set_many({"user:1": 1, "user:2": 1}, ttl_s=60, namespace="users")
    for _ in range(300):
        cache.get("user:2", namespace="users")
    hot = hottest(client, "cache", {}, {"users"}, WarmPolicy())
    assert [one.key for one in hot] == ["user:2", "user:1"]
    assert hot[0].heat > 10 * hot[1].heat


def test_what_nobody_asked_for_lately_is_not_hot(cache: Cache, client: redis.Redis):
    cache.set("user:1", 1, ttl_s=60, namespace="users")
    assert hottest(client, "cache", {}, {"users"}, WarmPolicy(max_idle_s=-0.5)) == ()


def test_the_look_is_bounded(cache: Cache, client: redis.Redis):
    cache.set_many({f"user:{n}": n for n in range(1_200)}, ttl_s=60, namespace="users")
    assert len(hottest(client, "cache", {}, {"users"}, WarmPolicy(remembered_keys=7))) == 7
    assert len(hottest(client, "cache", {}, {"users"}, WarmPolicy(scan_keys=500))) <= 500
    assert hottest(client, "cache", {}, {"users"}, WarmPolicy(scan_s=0)) == ()


def test_looking_makes_nothing_hotter(cache: Cache, client: redis.Redis):
    client.config_set("maxmemory-policy", "allkeys-lfu")
    cache.set("user:1", 1, ttl_s=60, namespace="users")
    before = client.object("FREQ", "cache:v:users:user:1")
    for _ in range(50):
        hottest(client, "cache", {}, {"users"}, WarmPolicy())
    assert client.object("FREQ", "cache:v:users:user:1") == before


def test_a_hot_key_that_is_about_to_end_is_computed_anew(users: Connection, cache: Cache, other: Cache, client):
    cache.set_many({"user:1": "old", "user:2": "old"}, ttl_s=10, namespace="users", tags=("user:1",))
    cache.set("user:3", "old", ttl_s=3_000, namespace="users")
    hot = due(hottest(client, "cache", {}, {"users"}, WarmPolicy()), within_s=300)
    assert {one.key for one in hot} == {"user:1", "user:2"}
    report = run(users, cache, [USERS], WarmPolicy(), hot=Hot(hot))
    assert (report.replayed, report.warmed, report.cold) == (2, 2, None)
    assert other.get("user:1", namespace="users", tags=("user:1",)) == {"id": 1, "email": "user1"}
    assert client.ttl("cache:v:users:user:1") > 3_000
    assert other.get("user:3", namespace="users") == "old"
    assert report.spared_ms > 0


def test_keys_that_no_warmer_made_are_left_alone(users: Connection, cache: Cache):
    keys = (HotKey("users", "other:1", 9, 1, 1), HotKey("elsewhere", "user:1", 9, 1, 1))
    report = run(users, cache, [USERS], WarmPolicy(), hot=Hot(keys))
    assert report.replayed == 0
    assert cache.get("user:1", namespace="users") is MISS


def test_a_task_warmers_key_becomes_its_arguments(users: Connection, cache: Cache):
    sent = []
    hot = Hot((HotKey("jobs", "job:7:a%3Ab", 9, 1, 1),))
    report = run(
        users, cache, [JOBS], WarmPolicy(), hot=hot, send=lambda warmer, given: sent.append((warmer.task, given))
    )
    assert sent == [("shop.warm_job", {"job": "7", "kind": "a:b"}), ("shop.warm_job", {})]
    assert (report.sent, report.replayed) == (2, 1)


def test_the_owners_functions_are_refreshed_by_their_arguments(cache: Cache, client: redis.Redis):
    calls = []

    @cached(cache, ttl=30, key="user:{user_id}:{role}")
    def user(user_id: int, role: str) -> int:
        calls.append((user_id, role))
        return len(calls)

    user(7, "a:b")
    cache.flush()
    assert replay_functions(client, cache, {"user:{user_id}:{role}": user}, WarmPolicy()) == 1
    assert calls == [(7, "a:b"), (7, "a:b")]
    assert user(7, "a:b") == 2
    assert replay_functions(client, cache, {"user:{user_id}:{role}": user}, WarmPolicy(replay_within_s=1)) == 0
    assert replay_functions(client, cache, {"user:{user_id}:{role}": user}, WarmPolicy(budget_s=0)) == 0


def test_after_a_flush_the_hot_set_comes_first(users: Connection, ledger: Connection, cache: Cache, client):
    cache.set_many({"user:1": "old", "user:2": "old"}, ttl_s=3_000, namespace="users")
    assert first(client, ledger, "main", {}, [USERS], WarmPolicy()) == Hot()
    client.flushall()
    hot = first(client, ledger, "main", {}, [USERS], WarmPolicy())
    assert hot.cold == "Redis was emptied"
    report = run(users, cache, [USERS], WarmPolicy(), hot=hot)
    assert (report.replayed, report.cold) == (2, "Redis was emptied")
    assert cache.get("user:2", namespace="users") == {"id": 2, "email": "user2"}
    assert first(client, ledger, "main", {}, [USERS], WarmPolicy()).cold is None


def test_an_empty_cache_does_not_make_us_forget(ledger: Connection, cache: Cache, client: redis.Redis):
    cache.set("user:1", 1, ttl_s=3_000, namespace="users")
    first(client, ledger, "main", {}, [USERS], WarmPolicy())
    cache.invalidate_matching("*", namespace="users")
    first(client, ledger, "main", {}, [USERS], WarmPolicy())
    assert [one.key for one in recall(ledger, "main").keys] == ["user:1"]


def test_a_restart_is_noticed_by_the_servers_run(users: Connection, ledger: Connection, own_redis: RedisServer):
    before = Cache(own_redis.url())
    before.set("user:3", "old", ttl_s=3_000, namespace="users")
    with redis.Redis.from_url(own_redis.url()) as client:
        first(client, ledger, "main", {}, [USERS], WarmPolicy())
    before.close()
    own_redis.restart()
    with redis.Redis.from_url(own_redis.url()) as client:
        hot = first(client, ledger, "main", {}, [USERS], WarmPolicy())
    after = Cache(own_redis.url())
    assert hot.cold == "Redis was started anew"
    assert run(users, after, [USERS], WarmPolicy(), hot=hot).replayed == 1
    assert after.get("user:3", namespace="users") == {"id": 3, "email": "user3"}
    after.close()


def test_without_redis_nothing_is_replayed(ledger: Connection):
    with redis.Redis.from_url("redis://127.0.0.1:1/0") as gone:
        assert first(gone, ledger, "main", {}, [USERS], WarmPolicy()) == Hot()


def test_without_a_warmer_that_can_replay_nothing_is_looked_at(ledger: Connection, client: redis.Redis):
    plain = SqlWarmer(name="plain", query="SELECT 1 AS id", key="k:{id}", namespace="plain", ttl_s=60)
    assert first(client, ledger, "main", {}, [plain], WarmPolicy()) == Hot()


def test_hot_keys_are_replayed_until_the_budget_is_spent(users: Connection, cache: Cache):
    keys = tuple(HotKey("users", f"user:{n}", 9, 1, 1) for n in range(1, 121))
    report = run(users, cache, [USERS], WarmPolicy(), hot=Hot(keys))
    assert report.replayed == 120
    assert [one.keys for one in report.warmers] == [120, 0]
    few = run(users, cache, [USERS], WarmPolicy(budget_bytes=100), hot=Hot(keys))
    assert 1 <= few.replayed < 10
    assert few.stopped == "the budget of bytes is spent"
    assert run(users, cache, [USERS], WarmPolicy(budget_s=0), hot=Hot(keys)).replayed == 0


def test_a_replay_that_fails_is_not_tried_for_every_key(users: Connection, cache: Cache):
    broken = replace(USERS, replay_query="SELECT id FROM nowhere WHERE id = CAST(:id AS bigint)")
    keys = tuple(HotKey("users", f"user:{n}", 9, 1, 1) for n in range(1, 200))
    report = run(users, cache, [broken], WarmPolicy(), hot=Hot(keys))
    assert report.replayed == 0
    assert report.warmers[0].note == 'its query failed: relation "nowhere" does not exist'


def test_messages_end_with_the_seconds(users: Connection, cache: Cache):
    sent = []
    keys = tuple(HotKey("jobs", f"job:{n}:x", 9, 1, 1) for n in range(5))
    report = run(users, cache, [JOBS], WarmPolicy(max_sent=2), hot=Hot(keys), send=lambda _, given: sent.append(given))
    assert len(sent) == 2
    assert report.warmers[0].note == "the budget of messages is spent"


def test_a_clusters_names_are_read_too(client: redis.Redis):
    client.set("cache:v:{users:user:1}", "x", ex=60)
    client.set("cache:v:{users:user:2}", "x")  # no lifetime: nothing is about to end
    assert [one.key for one in hottest(client, "cache", {}, {"users"}, WarmPolicy())] == ["user:1"]


def test_a_key_of_another_make_is_nobodys(cache: Cache, client: redis.Redis):
    @cached(cache, ttl=30, namespace="users", key="user:{user_id}")
    def user(user_id: int) -> int:
        return user_id

    cache.set("other:1", 1, ttl_s=30, namespace="users")
    assert replay_functions(client, cache, {"user:{user_id}": user}, WarmPolicy()) == 0
