"""The analysis of a real Redis, and the one thing it may mend."""

from urllib.parse import urlsplit

import pytest
import redis

from celeriac.cache import Cache
from celeriac.cache.analysis import Mending, analyze, apply, expire_forgotten, plan
from celeriac.cache.analysis.policy import AnalysisPolicy, MendPolicy
from celeriac.cache.errors import NameRefused


@pytest.fixture
def client(redis_url: str):
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


def test_what_takes_the_memory_is_seen(cache: Cache, client: redis.Redis):
    cache.set_many({f"k{i}": "x" * 100 for i in range(50)})
    client.mset({f"session:{i}": "y" * 1_000 for i in range(50)})
    client.set("big", "z" * 2_000_000)
    analysis = analyze(client, AnalysisPolicy())
    assert analysis.sample.complete
    assert [use.prefix for use in analysis.sample.prefixes] == ["big", "session", "cache:v", "cache", "cache:g"]
    assert analysis.sample.without_ttl == 51
    assert [one.key for one in analysis.sample.big_keys] == ["big"]
    assert {"memory", "keys_without_ttl", "big_keys"} <= {finding.check for finding in analysis.findings}
    assert analysis.server.run_id
    assert analysis.server.keys == 103


def test_the_sample_is_bounded(client: redis.Redis):
    client.mset({f"k{i}": i for i in range(3_000)})
    analysis = analyze(client, AnalysisPolicy(sample_keys=250))
    assert analysis.sample.keys == 250
    assert not analysis.sample.complete
    assert analyze(client, AnalysisPolicy(time_limit_s=0)).sample.keys == 0


def test_only_our_own_keys_get_a_lifetime(cache: Cache, client: redis.Redis):
    cache.set("a", 1)
    client.persist("cache:v:default:a")
    client.set("session:1", "precious")
    assert expire_forgotten(client, "cache", 60) == 1
    assert 0 < client.ttl("cache:v:default:a") <= 60
    assert client.ttl("session:1") == -1
    assert expire_forgotten(client, "cache", 60) == 0


def test_everything_is_not_a_prefix(client: redis.Redis):
    with pytest.raises(NameRefused):
        expire_forgotten(client, "*", 60)


def test_what_may_be_mended_is_planned_with_what_undoes_it(cache: Cache, client: redis.Redis):
    cache.set_many({"a": 1, "b": 2}, ttl_s=50)
    client.persist("cache:v:default:a")
    client.set("session:1", "precious")
    analysis = analyze(client, AnalysisPolicy())
    (mending,) = plan(client, analysis, MendPolicy(lifetime_s=60))
    assert mending.undo == ("PERSIST cache:v:default:a",)
    assert client.ttl("cache:v:default:a") == -1  # planned, not done
    assert apply(client, mending) == 1
    assert 50 < client.ttl("cache:v:default:a") <= 60
    assert client.ttl("session:1") == -1
    client.execute_command(*mending.undo[0].split())
    assert client.ttl("cache:v:default:a") == -1


def test_a_key_that_was_given_a_lifetime_meanwhile_keeps_its_own(cache: Cache, client: redis.Redis):
    cache.set("a", 1)
    client.persist("cache:v:default:a")
    (mending,) = plan(client, analyze(client, AnalysisPolicy()), MendPolicy())
    client.expire("cache:v:default:a", 5)
    assert apply(client, mending) == 0
    assert client.ttl("cache:v:default:a") <= 5


def test_nothing_is_planned_where_nothing_may_be_changed(cache: Cache, client: redis.Redis):
    cache.set("a", 1)
    client.persist("cache:v:default:a")
    assert plan(client, analyze(client, AnalysisPolicy()), MendPolicy(lifetimes=False)) == ()


FRAGMENTED = AnalysisPolicy(max_fragmentation_ratio=0.0, min_fragmentation_bytes=-(10**12), min_fragmentation_ratio=-1)


def test_the_server_is_configured_only_where_it_is_ours(client: redis.Redis):
    fragmented = analyze(client, FRAGMENTED)
    assert "fragmentation" in {finding.check for finding in fragmented.findings}
    assert plan(client, fragmented, MendPolicy()) == ()
    planned = plan(client, fragmented, MendPolicy(config_allowed=True))
    if "jemalloc" not in fragmented.server.allocator:
        assert planned == ()
        return
    assert [one.undo for one in planned] == [("CONFIG SET activedefrag no",)]
    assert plan(client, analyze(client, AnalysisPolicy()), MendPolicy(config_allowed=True)) == ()
    turned_on = client.config_get("activedefrag")
    changed = apply(client, planned[0])
    try:
        # A Redis built with the system's jemalloc refuses it, which is no failure of ours.
        assert client.config_get("activedefrag") == ({"activedefrag": "yes"} if changed else turned_on)
        assert changed == 0 or plan(client, fragmented, MendPolicy(config_allowed=True)) == ()
    finally:
        client.execute_command(*planned[0].undo[0].split())


def test_the_hottest_keys_are_seen_where_the_server_counts(cache: Cache, client: redis.Redis):
    client.config_set("maxmemory-policy", "allkeys-lfu")
    try:
        cache.set_many({"a": 1, "b": 2})
        for _ in range(500):
            client.get("cache:v:default:a")
        analysis = analyze(client, AnalysisPolicy(min_hot_accesses=50))
    finally:
        client.config_set("maxmemory-policy", "noeviction")
    assert analysis.sample.hot_keys[0].key == "cache:v:default:a"
    assert "hot_keys" in {finding.check for finding in analysis.findings}


def test_slow_commands_and_stalls_are_read_without_their_values(client: redis.Redis):
    client.config_set("slowlog-log-slower-than", 0)
    client.config_set("latency-monitor-threshold", 1)
    try:
        client.set("session:1", "a secret")
        client.execute_command("DEBUG", "SLEEP", "0.02")
        server = analyze(client, AnalysisPolicy()).server
    except redis.ResponseError:
        server = analyze(client, AnalysisPolicy()).server  # DEBUG is forbidden by default
    finally:
        client.config_set("slowlog-log-slower-than", 10_000)
        client.config_set("latency-monitor-threshold", 0)
    assert server.slowest
    assert "a secret" not in str(server)
    assert 0 < server.latency_ms < 1_000


def test_a_hosted_service_that_forbids_commands_is_analysed_all_the_same(client: redis.Redis, redis_url: str):
    client.execute_command("ACL", "SETUSER", "plain", "on", ">secret", "~*", "+@all", "-config", "-latency")
    plain = redis.Redis.from_url(
        redis_url.replace("redis://:", "redis://plain:", 1).replace(_password(redis_url), "secret")
    )
    try:
        analysis = analyze(plain, FRAGMENTED)
        assert analysis.server.stalls == ()
        assert plan(plain, analysis, MendPolicy(config_allowed=True)) == ()
        assert apply(plain, Mending("defragmentation", "", ())) == 0
    finally:
        plain.close()
        client.execute_command("ACL", "DELUSER", "plain")


def _password(url: str) -> str:
    return urlsplit(url).password or ""
