"""What is safe to mend unasked, and what undoes it.

A lifetime for keys of our own that have lost theirs: whatever the cache writes expires, so such a key was persisted by
hand or restored from elsewhere. Other programs' keys are never touched: one without TTL may be their only copy. And
active defragmentation, where the server is ours to configure: it gives memory back in small steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from redis import Redis
from redis.exceptions import ResponseError

from celeriac.cache.analysis.analyze import Analysis
from celeriac.cache.analysis.policy import MendPolicy
from celeriac.cache.keys import checked_name

BATCH = 500


@dataclass(frozen=True, slots=True)
class Mending:
    """One change to a Redis, planned and not yet made."""

    kind: Literal["lifetimes", "defragmentation"]
    sentence: str
    undo: tuple[str, ...]
    """Redis commands that put back what was."""
    keys: tuple[bytes, ...] = ()
    lifetime_s: int = 0


def plan(client: "Redis", analysis: Analysis, policy: MendPolicy, prefix: str = "cache") -> tuple[Mending, ...]:
    """Return what may be mended here; reads only."""
    planned = []
    if policy.lifetimes and (keys := tuple(islice(_forgotten(client, prefix), policy.most_keys))):
        sentence = f"{len(keys)} keys of the cache that never expired were given {policy.lifetime_s} s."
        undo = tuple(f"PERSIST {key.decode('utf-8', 'backslashreplace')}" for key in keys)
        planned.append(Mending("lifetimes", sentence, undo, keys, policy.lifetime_s))
    fragmented = any(found.check == "fragmentation" and found.severity == "info" for found in analysis.findings)
    if policy.config_allowed and fragmented and "jemalloc" in analysis.server.allocator and _is_off(client):
        sentence = "Active defragmentation was turned on."
        planned.append(Mending("defragmentation", sentence, ("CONFIG SET activedefrag no",)))
    return tuple(planned)


def apply(client: "Redis", mending: Mending) -> int:
    """Make a planned change; return how many keys or settings it changed."""
    if mending.kind == "defragmentation":
        return _turn_on(client)
    pipeline = client.pipeline(transaction=False)
    for key in mending.keys:
        # One that was given a lifetime since keeps its own: NX would say so, and 6.2 does not know it.
        pipeline.eval(_EXPIRE_FORGOTTEN, 1, key, mending.lifetime_s)
    return sum(map(int, pipeline.execute()))


def expire_forgotten(client: "Redis", prefix: str, ttl_s: int, most: int = 100_000) -> int:
    """Give a TTL to the keys of a cache's prefix that have none, looking at `most`; return how many there were."""
    keys = tuple(_forgotten(client, prefix, most))
    return apply(client, Mending("lifetimes", "", (), keys, ttl_s)) if keys else 0


_EXPIRE_FORGOTTEN = "return redis.call('TTL', KEYS[1]) == -1 and redis.call('EXPIRE', KEYS[1], ARGV[1]) or 0"


def _forgotten(client: "Redis", prefix: str, most: int = 100_000) -> Iterator[bytes]:
    """Yield the keys of a cache that have no lifetime, looking at a bounded number."""
    found = islice(client.scan_iter(match=f"{checked_name(prefix, 'prefix')}:*", count=BATCH), most)
    while keys := [*islice(found, BATCH)]:
        lifetimes = client.pipeline(transaction=False)
        for key in keys:
            lifetimes.ttl(key)
        for key, left in zip(keys, lifetimes.execute(), strict=True):
            if left == -1:
                yield key


def _turn_on(client: "Redis") -> int:
    try:
        client.config_set("activedefrag", "yes")
    except ResponseError:  # built with another jemalloc than Redis's own
        return 0
    return 1


def _is_off(client: "Redis") -> bool:
    try:
        return "no" in client.config_get("activedefrag").values()
    except ResponseError:  # a service that is hosted forbids CONFIG
        return False
