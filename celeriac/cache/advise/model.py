"""How often a cache would answer: a renewal process for each key, in closed form.

Calls for a key arrive as a Poisson process of rate a, changes of what it shows as one of rate w. A miss stores an entry
that lives until its lifetime T ends or a change invalidates it, L = (1 - exp(-wT)) / w on average, and meanwhile a·L
calls hit; then the next call misses. So the hit ratio of a key is a·L / (1 + a·L), which is also the share of the time
that it is cached. Jung, Berger, Balakrishnan: Modeling TTL-based Internet Caches, INFOCOM 2003.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

JITTER = 0.1
"""The cache's own: an entry lives up to so much shorter, half of it on average."""


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that are called alike and change alike."""

    keys: float
    share: float
    """Of the calls, for all keys of the group together."""
    changes_per_hour: float = 0.0
    """Of what one key shows."""

    def calls_per_hour(self, all_calls: float) -> float:
        """Return how often one key is called."""
        return all_calls * self.share / self.keys if self.keys else 0.0


def lived_s(ttl_s: float, changes_per_hour: float) -> float:
    """Return how long an entry lives on average.

    >>> lived_s(100, 0)
    95.0
    >>> round(lived_s(100, 3600), 2)
    1.0
    """
    ttl_s *= 1 - JITTER / 2
    rate = changes_per_hour / 3600
    return ttl_s if rate * ttl_s < 1e-9 else -math.expm1(-rate * ttl_s) / rate


def hit_ratio(groups: Sequence[KeyGroup], calls_per_hour: float, ttl_s: float) -> float:
    """Return the share of all calls that the cache would answer.

    >>> hit_ratio([KeyGroup(keys=1, share=1.0)], calls_per_hour=3600, ttl_s=100)
    0.9896
    """
    answered = 0.0
    for group in groups:
        met = group.calls_per_hour(calls_per_hour) / 3600 * lived_s(ttl_s, group.changes_per_hour)
        answered += group.share * met / (1 + met)
    return round(answered, 4)


def entries(groups: Sequence[KeyGroup], calls_per_hour: float, ttl_s: float) -> float:
    """Return how many entries lie in Redis on average; one that was invalidated stays until it is replaced or ends.

    >>> entries([KeyGroup(keys=1000, share=1.0)], calls_per_hour=3_600_000, ttl_s=100)
    989.6
    """
    kept = 0.0
    for group in groups:
        met = group.calls_per_hour(calls_per_hour) / 3600 * lived_s(ttl_s, 0.0)
        kept += group.keys * met / (1 + met)
    return round(kept, 1)


def mean_changes(groups: Sequence[KeyGroup]) -> float:
    """Return how often in an hour what a call asks for changes, over all calls."""
    return sum(group.share * group.changes_per_hour for group in groups)


def stale_ratio(groups: Sequence[KeyGroup], ttl_s: float) -> float:
    """Return the share of the hits that would be older than the last write if nothing invalidated.

    An entry of age t is out of date with probability 1 - exp(-wt), and hits spread evenly over its life.

    >>> stale_ratio([KeyGroup(1, 1.0, changes_per_hour=36)], ttl_s=20)
    0.0893
    """
    stale = 0.0
    for group in groups:
        expected = group.changes_per_hour / 3600 * ttl_s * (1 - JITTER / 2)
        if expected > 1e-9:
            stale += group.share * (1 + math.expm1(-expected) / expected)
    return round(stale, 4)


LADDER_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400)
"""Lifetimes that a person would write."""


def lifetime_s(
    groups: Sequence[KeyGroup],
    calls_per_hour: float,
    *,
    least_s: int,
    most_s: int,
    max_stale_ratio: float,
    gain_margin: float,
) -> int:
    """Return the shortest lifetime that wins nearly as much as the longest that the write rate supports.

    >>> busy = [KeyGroup(keys=10, share=1.0)]
    >>> lifetime_s(busy, 36_000, least_s=5, most_s=3600, max_stale_ratio=0.1, gain_margin=0.02)
    60
    """
    allowed = [step for step in LADDER_S if least_s <= step <= most_s] or [least_s]
    supported = [step for step in allowed if stale_ratio(groups, step) <= max_stale_ratio] or allowed[:1]
    best = hit_ratio(groups, calls_per_hour, supported[-1])
    return next(step for step in supported if hit_ratio(groups, calls_per_hour, step) >= best - gain_margin)
