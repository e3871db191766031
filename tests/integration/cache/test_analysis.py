"""The analysis of a real Redis, and the one thing it may mend."""

import pytest
import redis

from celeriac.cache import Cache
from celeriac.cache.analysis import analyze, expire_forgotten
from celeriac.cache.errors import NameRefused
from celeriac.cache.policy import AnalysisPolicy


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
    assert [use.prefix for use in analysis.sample.prefixes] == ["big", "session", "cache:v", "cache:g"]
    assert analysis.sample.without_ttl == 51
    assert [one.key for one in analysis.sample.big_keys] == ["big"]
    assert {"memory", "keys_without_ttl", "big_keys"} <= {finding.check for finding in analysis.findings}
    assert analysis.server.run_id
    assert analysis.server.keys == 102


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
