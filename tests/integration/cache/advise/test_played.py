"""The advisor's hit ratio against the real cache: seeded calls and writes, played by the code it says to paste."""

import random
import time

import pytest

from celeriac.cache import Cache, cached
from celeriac.cache.advise import CacheAdvicePolicy, advise
from celeriac.cache.advise.model import KeyGroup, hit_ratio
from celeriac.statements.workload import Workload
from tests.unit.cache.advise.conftest import SHOP, statement

FASTER = 240
"""Lifetimes are so much shorter than advised, and calls come so much closer."""


@pytest.mark.parametrize("writes_per_hour", [0, 15_000])
def test_the_real_cache_hits_as_often_as_foretold(cache: Cache, writes_per_hour: int):
    read = statement("SELECT status, count(*) FROM jobs WHERE user_id = $1 GROUP BY status", calls=30_000)
    write = statement("UPDATE jobs SET status = $1 WHERE user_id = $2", calls=writes_per_hour, rows=1)
    policy = CacheAdvicePolicy(max_ttl_s=300)
    (one,) = advise(Workload((read, write) if writes_per_hour else (read,), 1.0), SHOP, policy).cacheable
    names = {"cached": lambda over, ttl, **rest: cached(over, ttl=ttl / FASTER, **rest), "cache": cache}
    exec(one.code, names)

    chance = random.Random(5)
    events = [(chance.uniform(0, 3), "read", chance.randrange(1_000)) for _ in range(round(30_000 / 3600 * FASTER * 3))]
    events += [
        (chance.uniform(0, 3), "write", chance.randrange(1_000))
        for _ in range(round(writes_per_hour / 3600 * FASTER * 3))
    ]
    began = time.monotonic()
    for due_s, kind, user_id in sorted(events):
        time.sleep(max(0.0, began + due_s - time.monotonic()))
        if kind == "read":
            names[one.name](user_id)
        else:
            exec(one.invalidations[0].call, {"cache": cache, "user_id": user_id})
    # A machine that is busy plays it slower: what counts is the pace that was kept.
    kept = 3 / max(3.0, time.monotonic() - began)
    counted = cache.statistics()[names[one.name].namespace]
    calls_per_hour, ttl_s = 30_000 * FASTER * kept, one.ttl_s / FASTER
    groups = [KeyGroup(1_000, 1.0, one.changes_per_hour * FASTER * kept)]
    foretold = hit_ratio(groups, calls_per_hour, ttl_s)
    if kept == 1:
        assert foretold == pytest.approx(one.hit_ratio, abs=0.005)
    # The play begins with an empty cache, which costs about one miss for each of the thousand keys.
    cold = 1_000 / (counted.hits + counted.misses)
    assert foretold - cold - 0.06 <= counted.hit_ratio <= foretold + 0.06
