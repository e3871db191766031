"""What is found in a Redis, from what it says: each finding has a cure."""

from dataclasses import replace

import pytest

from celeriac.cache.analysis.findings import CHECKS
from celeriac.cache.analysis.policy import MIB, AnalysisPolicy
from celeriac.cache.analysis.sample import BigKey, HotKey, KeySample, PrefixUse
from celeriac.cache.analysis.server import Replica, SlowCommand, Stall, of

HEALTHY = of(
    {
        "redis_version": "7.0.15",
        "maxmemory": 1024 * MIB,
        "maxmemory_policy": "allkeys-lfu",
        "used_memory": 100 * MIB,
        "used_memory_rss": 120 * MIB,
        "mem_fragmentation_ratio": 1.2,
        "maxclients": 1000,
        "connected_clients": 10,
        "keyspace_hits": 9_900,
        "keyspace_misses": 100,
        "db0": {"keys": 10, "expires": 10},
    }
)
KEYS = KeySample(10, 1_000, 0, (PrefixUse("cache:v", 10, 1_000, 0),))


def found(server=HEALTHY, keys=KEYS) -> list:
    return [finding for check in CHECKS if (finding := check(server, keys, AnalysisPolicy())) is not None]


def test_a_healthy_server_has_no_findings():
    assert found() == []
    assert HEALTHY.keys == 10


def test_a_server_that_says_nothing_only_lacks_a_memory_limit():
    assert [finding.check for finding in found(of({}))] == ["memory"]


@pytest.mark.parametrize(
    ("trouble", "check", "severity", "sentence"),
    [
        ({"max_memory_bytes": 0}, "memory", "warning", "no memory limit"),
        ({"used_memory_bytes": 1000 * MIB}, "memory", "warning", "98% of its memory limit."),
        (
            {"used_memory_bytes": 1000 * MIB, "eviction_policy": "noeviction"},
            "memory",
            "critical",
            "refuses writes when it is full",
        ),
        ({"misses": 90_100}, "hit_ratio", "warning", "Only 10% of 100000 lookups"),
        ({"evicted": 5}, "evictions", "warning", "5 keys were evicted"),
        ({"rss_bytes": 400 * MIB, "fragmentation_ratio": 4.0}, "fragmentation", "info", "300 MiB are lost"),
        ({"clients": 900}, "clients", "critical", "900 of 1000 connections"),
        ({"rejected_connections": 1}, "clients", "critical", "1 connections were rejected"),
        ({"slowest": (SlowCommand("KEYS *", 50.0),)}, "slow_commands", "info", "KEYS * took 50 ms, and"),
        ({"slowest": (SlowCommand("KEYS *", 50.0),) * 2}, "slow_commands", "info", "50 ms (2 such commands)"),
        ({"latency_ms": 12.0}, "latency", "warning", "A PING takes 12.0 ms"),
        ({"stalls": (Stall("fork", 300.0),)}, "latency", "warning", "stood still for 300 ms (fork)"),
        ({"used_memory_bytes": 400 * MIB, "fragmentation_ratio": 0.3}, "fragmentation", "critical", "are swapped out"),
        ({"rewrite_ok": False}, "persistence", "critical", "could not save"),
        ({"last_fork_ms": 900.0}, "persistence", "warning", "stood still for 900 ms to begin saving"),
        ({"replicas": (Replica("a:1", "wait_bgsave", 0),)}, "replication", "warning", "a:1 is wait_bgsave"),
        ({"replicas": (Replica("a:1", "online", 60),)}, "replication", "warning", "last heard of 60 s ago"),
        ({"snapshot_ok": False}, "persistence", "critical", "could not save"),
        ({"append_ok": False}, "persistence", "critical", "could not save"),
        ({"role": "slave"}, "replication", "critical", "is a replica: it"),
        ({"role": "slave", "primary_link_ok": False}, "replication", "critical", "has lost its primary"),
    ],
)
def test_each_trouble_is_found_with_a_cure(trouble, check, severity, sentence):
    (finding,) = found(replace(HEALTHY, **trouble))
    assert (finding.check, finding.severity) == (check, severity)
    assert sentence in finding.sentence
    assert finding.cure


def test_few_lookups_say_nothing_about_the_hit_ratio():
    assert found(replace(HEALTHY, hits=1, misses=500)) == []


def test_keys_that_never_expire_are_found_by_prefix():
    uses = (PrefixUse("cache:v", 5, 900, 0), PrefixUse("session", 5, 100, 5))
    (finding,) = found(keys=KeySample(10, 1_000, 5, uses))
    assert finding.sentence == "5 of 10 sampled keys never expire, most of them under session."


def test_big_keys_are_found():
    (finding,) = found(keys=replace(KEYS, big_keys=(BigKey("queue", "list", 5 * MIB),)))
    assert "queue (list) takes 5.0 MiB" in finding.sentence


def test_values_in_the_slow_log_stay_secret():
    slow = {"duration": 20_000, "command": b"SET session:1 secret"}
    assert of({}, [slow]).slowest == (SlowCommand("SET session:1", 20.0),)


def test_a_replica_that_keeps_up_is_no_finding():
    assert found(replace(HEALTHY, replicas=(Replica("a:1", "online", 1),))) == []
    (replica,) = of({"slave0": {"ip": "10.0.0.2", "port": 6379, "state": "online", "offset": 1, "lag": 1}}).replicas
    assert replica == Replica("10.0.0.2:6379", "online", 1.0)


def test_a_key_that_takes_most_accesses_is_found():
    hot = replace(KEYS, hot_keys=(HotKey("cache:v:users:1", 9_000.0),), accesses=10_000.0)
    (finding,) = found(keys=hot)
    assert finding.sentence == "90% of the sampled accesses go to cache:v:users:1."
    assert found(keys=replace(hot, accesses=90_000.0)) == []
    assert found(keys=replace(hot, hot_keys=(HotKey("k", 9.0),), accesses=10.0)) == []
