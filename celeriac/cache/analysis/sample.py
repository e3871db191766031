"""A bounded look at the keys: who takes the memory, which are big, and which would stay for ever.

SCAN walks the key space in the order of the hash table, so its beginning is a fair sample; MEMORY USAGE looks at a few
elements of a large value only. Neither blocks the server.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import Any

from redis import Redis

from celeriac.cache.policy import AnalysisPolicy

BATCH = 200


@dataclass(frozen=True, slots=True)
class PrefixUse:
    """The sampled keys that share what stands before their second colon."""

    prefix: str
    keys: int
    bytes: int
    without_ttl: int


@dataclass(frozen=True, slots=True)
class BigKey:
    """A key above the size that the policy calls big."""

    key: str
    kind: str
    bytes: int


@dataclass(frozen=True, slots=True)
class KeySample:
    """What was seen of the keys."""

    keys: int
    bytes: int
    without_ttl: int
    prefixes: tuple[PrefixUse, ...] = ()
    """By bytes, the largest first."""
    big_keys: tuple[BigKey, ...] = ()
    complete: bool = False
    """Whether this is all of them."""

    @property
    def without_ttl_ratio(self) -> float:
        """Share of the sampled keys that never expire."""
        return self.without_ttl / self.keys if self.keys else 0.0


def sample(client: "Redis", policy: AnalysisPolicy) -> KeySample:
    """Look at some keys of the client's database."""
    ends_s = time.monotonic() + policy.time_limit_s
    found = client.scan_iter(count=BATCH)
    uses: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    big: list[BigKey] = []
    seen, complete = 0, False
    while seen < policy.sample_keys and time.monotonic() < ends_s:
        keys = [*islice(found, min(BATCH, policy.sample_keys - seen))]
        if not keys:
            complete = True
            break
        seen += len(keys)
        for key, (kind, ttl_ms, size) in zip(keys, _measured(client, keys), strict=True):
            name = key.decode("utf-8", "replace")
            use = uses[prefix_of(name)]
            use[0] += 1
            use[1] += size
            use[2] += ttl_ms == -1
            if size >= policy.big_key_bytes:
                big.append(BigKey(name, kind, size))
    prefixes = sorted((PrefixUse(prefix, *use) for prefix, use in uses.items()), key=lambda use: -use.bytes)
    return KeySample(
        seen,
        sum(use.bytes for use in prefixes),
        sum(use.without_ttl for use in prefixes),
        tuple(prefixes[:20]),
        tuple(sorted(big, key=lambda one: -one.bytes)[: policy.big_keys_shown]),
        complete,
    )


def prefix_of(key: str) -> str:
    """Return what stands before the second colon.

    >>> prefix_of("cache:v:users:42"), prefix_of("session:9f"), prefix_of("counter")
    ('cache:v', 'session', 'counter')
    """
    parts = key.split(":")
    return ":".join(parts[: min(2, len(parts) - 1)]) or key


def _measured(client: "Redis", keys: list[bytes]) -> list[tuple[str, int, int]]:
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.type(key)
        pipeline.pttl(key)
        pipeline.memory_usage(key)
    answers: list[Any] = pipeline.execute()
    # A key that expired under the look has no size.
    return [(answers[i].decode(), answers[i + 1], answers[i + 2] or 0) for i in range(0, len(answers), 3)]
