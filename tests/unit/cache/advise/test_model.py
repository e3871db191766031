"""The model's promises against a seeded simulation of the same processes."""

import random

import pytest

from celeriac.cache.advise.model import KeyGroup, entries, hit_ratio, lifetime_s, stale_ratio


def simulated(calls_per_hour: float, changes_per_hour: float, ttl_s: float, calls: int = 40_000) -> float:
    """Play one key: Poisson calls, Poisson changes that invalidate, a jittered lifetime."""
    chance = random.Random(1)
    now = ends = 0.0
    changed = chance.expovariate(changes_per_hour / 3600) if changes_per_hour else float("inf")
    hits = 0
    for _ in range(calls):
        now += chance.expovariate(calls_per_hour / 3600)
        while changed <= now:
            ends = min(ends, changed)
            changed += chance.expovariate(changes_per_hour / 3600)
        if now < ends:
            hits += 1
        else:
            ends = now + ttl_s * (1 - 0.1 * chance.random())
    return hits / calls


@pytest.mark.parametrize("calls", [60, 600, 6_000])
@pytest.mark.parametrize("changes", [0, 30, 600])
@pytest.mark.parametrize("ttl_s", [5, 60, 600])
def test_the_hit_ratio_is_that_of_a_simulation(calls, changes, ttl_s):
    foretold = hit_ratio([KeyGroup(1, 1.0, changes)], calls, ttl_s)
    assert foretold == pytest.approx(simulated(calls, changes, ttl_s), abs=0.015)


def test_groups_add_up_by_their_share_of_the_calls():
    hot, cold = KeyGroup(1, 0.9), KeyGroup(1_000_000, 0.1)
    assert hit_ratio([hot, cold], 100_000, 600) == pytest.approx(0.9, abs=0.01)
    assert entries([hot, cold], 100_000, 600) == pytest.approx(1 + 10_000 * 570 / 3600, rel=0.01)


def test_without_writes_nothing_is_stale():
    assert stale_ratio([KeyGroup(1, 1.0)], 3_600) == 0


def test_the_write_rate_bounds_the_lifetime():
    written = [KeyGroup(1, 1.0, changes_per_hour=60)]
    options = {"least_s": 5, "most_s": 3_600, "max_stale_ratio": 0.35, "gain_margin": 0.0}
    assert lifetime_s(written, 10_000, **options) == 30
    assert lifetime_s([KeyGroup(1, 1.0, changes_per_hour=1e6)], 10_000, **options) == 5
    assert lifetime_s([KeyGroup(1, 1.0)], 10_000, **options) == 3_600
