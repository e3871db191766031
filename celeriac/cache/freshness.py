"""Whether an entry still serves: pure decisions on times.

The early refresh is XFetch: each reader refreshes with a probability that rises as the end comes near, earlier for what
takes long to compute, so that on average one of many readers does it just before the others would have missed.
"""

import math
import random
from collections.abc import Callable
from typing import Literal

from celeriac.cache.errors import LifetimeRefused
from celeriac.cache.policy import Lifetime

Freshness = Literal["fresh", "early", "stale", "failed-over", "expired"]

NEVER_FARTHER = 40.0
"""-ln(u) exceeds 40 once in 10^17: entries farther from their end need no random number."""


def judge(
    now_s: float, expires_s: float, compute_ms: float, lifetime: Lifetime, chance: Callable[[], float] = random.random
) -> Freshness:
    """Return how an entry that ends at `expires_s` may be used.

    >>> judge(100.0, 200.0, 5.0, Lifetime())
    'fresh'
    >>> judge(100.0, 100.1, 5000.0, Lifetime(), lambda: 0.5)
    'early'
    >>> judge(201.0, 200.0, 5.0, Lifetime(stale_s=10))
    'stale'
    >>> judge(201.0, 200.0, 5.0, Lifetime(stale_if_error_s=10))
    'failed-over'
    >>> judge(211.0, 200.0, 5.0, Lifetime(stale_s=10))
    'expired'
    """
    left_s = expires_s - now_s
    if left_s > 0:
        reach_s = lifetime.beta * compute_ms / 1000
        if left_s > reach_s * NEVER_FARTHER:
            return "fresh"
        return "early" if -reach_s * math.log(1.0 - chance()) >= left_s else "fresh"
    if -left_s <= lifetime.stale_s:
        return "stale"
    return "failed-over" if -left_s <= lifetime.stale_if_error_s else "expired"


def sure_s(now_s: float, expires_s: float, compute_ms: float, lifetime: Lifetime) -> float:
    """Return for how long an entry is surely too far from its end for an early refresh.

    >>> sure_s(100.0, 200.0, 500.0, Lifetime())
    80.0
    """
    return expires_s - now_s - lifetime.beta * compute_ms / 1000 * NEVER_FARTHER


def end_of(now_s: float, lifetime: Lifetime, chance: Callable[[], float] = random.random) -> float:
    """Return when an entry written now ends.

    >>> end_of(1000.0, Lifetime(ttl_s=100, jitter=0.1), lambda: 0.5)
    1095.0
    """
    return now_s + lifetime.ttl_s * (1 - lifetime.jitter * chance())


def checked(lifetime: Lifetime) -> Lifetime:
    """Return the lifetime, or raise LifetimeRefused."""
    for field in ("stale_s", "stale_if_error_s", "beta"):
        if getattr(lifetime, field) < 0:
            raise LifetimeRefused(field=field, given=getattr(lifetime, field), why="it cannot be negative")
    if not lifetime.ttl_s >= 0.001:
        raise LifetimeRefused(field="ttl_s", given=lifetime.ttl_s, why="an entry must live at least a millisecond")
    if not 0 <= lifetime.jitter < 1:
        raise LifetimeRefused(field="jitter", given=lifetime.jitter, why="it is a share, from 0 to below 1")
    return lifetime
