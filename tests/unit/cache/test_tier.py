"""What the in-process tier keeps, for how long, and what it lets go."""

import time

import pytest

from celeriac.cache.policy import Lifetime, LocalPolicy
from celeriac.cache.tier import ENTRY_BYTES, Tier


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tier(clock: Clock) -> Tier:
    tier = Tier(LocalPolicy(max_entries=3, max_bytes=3 * ENTRY_BYTES + 100, bound_s=1.0), clock)
    tier.used = True
    return tier


def keep(tier: Tier, key: str, encoded: bytes = b"1", *generations: str, left_s: float = 300.0) -> bool:
    return tier.keep(tier.ticket(), key, encoded, generations or ("g",), left_s, (time.time() + left_s, 1.0))


def found(tier: Tier, key: str) -> bytes | None:
    kept = tier.find(key, Lifetime())
    return None if kept is None else kept.encoded


def test_a_value_larger_than_the_tier_is_not_kept(tier: Tier):
    assert not keep(tier, "a", b"x" * 4_000)
    assert len(tier) == 0


def test_what_changed_while_it_was_read_is_not_kept(tier: Tier):
    for change in (["a"], ["g"], ["t"]):
        ticket = tier.ticket()
        tier.drop(change)
        assert not tier.keep(ticket, "a", b"1", ("g", "t"), 300.0, (time.time() + 300, 1.0))
    ticket = tier.ticket()
    tier.drop(["b", "u"])
    assert tier.keep(ticket, "a", b"1", ("g", "t"), 300.0, (time.time() + 300, 1.0))


@pytest.mark.parametrize("lose", [Tier.flush, Tier.drop_all], ids=["flush", "drop_all"])
def test_what_was_being_read_when_everything_went_is_not_kept(tier: Tier, lose):
    ticket = tier.ticket()
    lose(tier)
    assert not tier.keep(ticket, "a", b"1", ("g",), 300.0, (time.time() + 300, 1.0))


def test_a_value_serves_no_longer_than_its_bound(tier: Tier, clock: Clock):
    keep(tier, "a")
    clock.now_s += 0.9
    assert found(tier, "a") == b"1"
    clock.now_s += 0.1
    assert found(tier, "a") is None


def test_a_value_serves_as_long_as_all_changes_are_heard_of(tier: Tier, clock: Clock):
    keep(tier, "a")
    clock.now_s += 50
    tier.lease_until_s = clock.now_s + 1.0
    assert found(tier, "a") == b"1"
    clock.now_s += 1.0
    assert found(tier, "a") is None
    tier.lease_until_s = clock.now_s + 1.0
    assert found(tier, "a") == b"1"


def test_a_lost_connection_flushes(tier: Tier, clock: Clock):
    tier.lease_until_s = clock.now_s + 1.0
    keep(tier, "a")
    tier.flush()
    assert found(tier, "a") is None
    assert (len(tier), tier.size_bytes, tier.lease_until_s) == (0, 0, 0.0)


def test_a_change_of_a_generation_takes_all_that_stands_under_it(tier: Tier):
    keep(tier, "a", b"1", "g", "t")
    keep(tier, "b", b"2", "g", "u")
    tier.drop(["t"])
    assert (found(tier, "a"), found(tier, "b")) == (None, b"2")
    tier.drop(["g"])
    assert len(tier) == 0
    assert tier.size_bytes == 0


def test_the_longest_unused_makes_room(tier: Tier):
    for key in "abc":
        keep(tier, key)
    found(tier, "a")
    keep(tier, "d")
    assert [key for key in "abcd" if found(tier, key)] == ["a", "c", "d"]
    assert tier.evictions == 1


def test_bytes_make_room_too(tier: Tier):
    keep(tier, "a", b"x" * 90)
    keep(tier, "b", b"x" * 90)
    keep(tier, "c", b"x" * 90)
    assert len(tier) == 2
    assert tier.size_bytes == 2 * (90 + ENTRY_BYTES)


def test_a_value_that_is_kept_again_counts_once(tier: Tier):
    keep(tier, "a", b"1")
    keep(tier, "a", b"22")
    assert found(tier, "a") == b"22"
    assert tier.size_bytes == 2 + ENTRY_BYTES


def test_past_its_end_a_value_is_not_found(tier: Tier, clock: Clock):
    keep(tier, "a", left_s=-1.0)
    assert found(tier, "a") is None


def test_an_early_refresh_is_left_to_those_who_can_do_it(tier: Tier):
    tier.keep(tier.ticket(), "a", b"1", ("g",), 0.0, (time.time() + 1.0, 1_000.0))
    eager, patient = Lifetime(beta=1e9), Lifetime(beta=0.0)
    assert tier.find("a", eager) is None
    assert tier.find("a", patient) is not None


def test_more_changes_than_are_remembered_are_safe(tier: Tier):
    ticket = tier.ticket()
    tier.drop([f"k{i}" for i in range(10_001)])
    assert not tier.keep(ticket, "other", b"1", ("g",), 300.0, (time.time() + 300, 1.0))
    assert keep(tier, "other")


def test_a_tier_that_nobody_uses_notes_nothing():
    tier = Tier(LocalPolicy())
    tier.drop(["a"])
    assert tier.ticket() == 0
