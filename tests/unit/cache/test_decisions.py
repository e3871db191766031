"""Freshness, the breaker, keys and the order of warmers: decided without Redis."""

import random

import pytest

from celeriac.cache.breaker import Breaker
from celeriac.cache.errors import KeyRefused, LifetimeRefused, NameRefused
from celeriac.cache.freshness import checked, end_of, judge
from celeriac.cache.keys import Names, Template, checked_tags, from_arguments, shortened
from celeriac.cache.policy import Lifetime
from celeriac.cache.statistics import NamespaceStatistics, read
from celeriac.cache.tally import Tally
from celeriac.cache.warmers.order import ordered, worth
from celeriac.cache.warmers.warmer import SqlWarmer


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    "lifetime",
    [
        Lifetime(ttl_s=0),
        Lifetime(ttl_s=float("nan")),
        Lifetime(jitter=1),
        Lifetime(jitter=-0.1),
        Lifetime(stale_s=-1),
        Lifetime(stale_if_error_s=-1),
        Lifetime(beta=-1),
    ],
)
def test_a_senseless_lifetime_is_refused(lifetime):
    with pytest.raises(LifetimeRefused):
        checked(lifetime)


def test_an_early_refresh_happens_about_once_in_a_crowd_of_readers():
    random.seed(1)
    # 1,000 readers spread over the last ten computation times: most refreshes fall into the last two.
    early = [left for i in range(1_000) if judge(0.0, left := (i + 1) / 100, 1_000.0, Lifetime()) == "early"]
    assert 50 < len(early) < 200
    assert sorted(early)[len(early) // 2] < 1.5


def test_no_early_refresh_without_beta():
    assert judge(0.0, 0.001, 1e6, Lifetime(beta=0), lambda: 0.999) == "fresh"


def test_an_entry_never_outlives_its_ttl():
    assert all(end_of(0.0, Lifetime(ttl_s=10)) <= 10 for _ in range(100))


def test_one_probe_a_window():
    breaker = Breaker(5.0, clock := Clock())
    assert breaker.state == "closed"
    assert breaker.failed()
    assert not breaker.failed()
    assert breaker.state == "open"
    assert not breaker.allows()
    clock.now_s += 5
    assert breaker.state == "half-open"
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    assert breaker.succeeded()
    assert not breaker.succeeded()
    assert breaker.allows()
    assert breaker.opened == 1


@pytest.mark.parametrize("name", ["", "a:b", "a b", "x" * 81, None, "a*"])
def test_a_name_that_could_mean_two_things_is_refused(name):
    with pytest.raises(NameRefused):
        Names("cache", name)


@pytest.mark.parametrize("tag", ["", "a\nb", None, "x" * 201])
def test_a_tag_that_cannot_be_kept_is_refused(tag):
    with pytest.raises(KeyRefused):
        checked_tags((tag,))


@pytest.mark.parametrize("template", ["{", "{a.b}", "{a!r}", "{a:>5}", "{}"])
def test_a_template_has_plain_names_only(template):
    with pytest.raises(KeyRefused):
        Template.parse(template)


def test_a_pattern_keeps_to_its_namespace():
    assert Names("cache", "users").pattern("*") == "cache:v:users:*"


def test_long_keys_are_digested_and_stay_apart():
    assert shortened("x" * 500) != shortened("x" * 501)
    assert len(shortened("x" * 500)) < 40


def test_no_arguments_make_a_key_too():
    assert from_arguments(()) == "()"
    assert from_arguments(([1, "a"], {"b": 1, "a": {2}})) == "[1,'a'],{'a':<2>,'b':1}"


def test_statistics_survive_foreign_fields():
    fields = {b"users|hits": b"3", b"users|l5": b"2", b"users|future": b"1", b"nonsense": b"x", b"users|l99": b"1"}
    users = read(fields)["users"]
    assert (users.hits, users.latency_us(0.5)) == (3, 32.0)
    assert NamespaceStatistics("none").latency_us(0.5) == 0.0
    assert NamespaceStatistics("none").hit_ratio == 0.0


def test_what_could_not_be_flushed_is_taken_up_again():
    tally = Tally("users")
    tally.hit(100, 2.0, 30_000)
    tally.miss(40_000)
    taken = tally.take()
    assert tally.take() == {}
    tally.give_back(taken)
    assert (
        tally.take()
        == taken
        == {
            "users|hits": 1,
            "users|bytes_read": 100,
            "users|saved_us": 2_000,
            "users|misses": 1,
            "users|l5": 1,
            "users|l6": 1,
        }
    )


def test_compression_is_told_by_what_is_stored():
    assert NamespaceStatistics("users", bytes_written=20, bytes_encoded=100).compressed_ratio == 0.2
    assert NamespaceStatistics("users").compressed_ratio == 1.0


def test_warmers_go_by_priority_then_by_worth():
    def warmer(name: str, priority: int) -> SqlWarmer:
        return SqlWarmer(name, "SELECT 1 AS id", "k:{id}", name, 60, priority=priority)

    known = {
        "cheap": NamespaceStatistics("cheap", hits=10, saved_us=1_000, bytes_read=10_000),
        "dear": NamespaceStatistics("dear", hits=10, saved_us=90_000, bytes_read=10_000),
    }
    warmers = [warmer("unknown", 5), warmer("cheap", 5), warmer("dear", 5), warmer("first", 0)]
    assert [one.name for one in ordered(warmers, known)] == ["first", "dear", "cheap", "unknown"]
    assert worth(None) == 0.0
