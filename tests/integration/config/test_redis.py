import pytest
import redis as driver

from config import redis
from config.settings import TargetUnknown


def test_hits_and_misses_are_counted(configured):
    client = redis.cache_client()
    client.set("there", "1")
    assert client.get("there") == b"1"
    assert client.get("missing") is None
    assert client.mget("there", "missing", "there") == [b"1", None, b"1"]
    assert (client.hits, client.misses) == (3, 2)


def test_results_are_text(configured):
    redis.results_client().set("word", "é")
    assert redis.results_client().get("word") == "é"


def test_clients_say_who_they_are(configured):
    assert redis.cache_client().client_info()["name"] == "celeriac:worker:cache"


def test_a_process_has_one_client_for_each_purpose(configured):
    assert redis.cache_client() is redis.cache_client()
    assert redis.cache_client() is not redis.results_client()


def test_a_target_may_have_a_cache_of_its_own(configure, configured, redis_url):
    redis.cache_client().set("key", "shared")
    configure(targets__main__cache_url=redis_url + "?db=1")
    assert redis.cache_client("main").get("key") is None


def test_the_cache_of_an_unknown_target_is_refused(configured):
    with pytest.raises(TargetUnknown):
        redis.cache_client("mian")


def test_every_limit_is_said_aloud(configured):
    pool = redis.cache_client().connection_pool
    assert pool.max_connections == 50
    limits = pool.connection_kwargs
    assert limits["socket_keepalive"] is True
    assert (limits["socket_timeout"], limits["socket_connect_timeout"], limits["health_check_interval"]) == (
        10.0,
        5.0,
        25,
    )
    assert limits["retry"].get_retries() == 3


def test_a_redis_that_is_away_is_given_up_in_time(configure):
    configure(redis__cache_url="redis://127.0.0.1:1/0", redis__retries="1")
    with pytest.raises(driver.ConnectionError):
        redis.cache_client().get("key")
