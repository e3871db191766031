"""A bounded look at the keys: who takes the memory, which are big or hot, and which would stay for ever.

SCAN walks the key space in the order of the hash table, so its beginning is a fair sample; MEMORY USAGE looks at a few
elements of a large value only. Neither blocks the server, and nothing here counts as a use of a key.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import Any

from redis import Redis

from celeriac.cache.analysis.heat import counts_accesses, heats
from celeriac.cache.analysis.policy import AnalysisPolicy

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
class HotKey:
    """A key that is asked for more than others."""

    key: str
    accesses: float
    """About so many; the server's counter is logarithmic and decays by the minute."""


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
    hot_keys: tuple[HotKey, ...] = ()
    """The hottest first; empty where the server does not count accesses (no LFU policy)."""
    accesses: float = 0.0
    """Of all sampled keys together."""

    @property
    def without_ttl_ratio(self) -> float:
        """Share of the sampled keys that never expire."""
        return self.without_ttl / self.keys if self.keys else 0.0


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    kind: str
    ttl_ms: int
    bytes: int
    accesses: float


def sample(client: "Redis", policy: AnalysisPolicy) -> KeySample:
    """Look at some keys of the client's database."""
    ends_s = time.monotonic() + policy.time_limit_s
    counting = counts_accesses(client)
    found = client.scan_iter(count=BATCH)
    seen: list[_Seen] = []
    complete = False
    while len(seen) < policy.sample_keys and time.monotonic() < ends_s:
        keys = [*islice(found, min(BATCH, policy.sample_keys - len(seen)))]
        if not keys:
            complete = True
            break
        seen += _measured(client, keys, counting=counting)
    return _summary(seen, policy, complete=complete)


def prefix_of(key: str) -> str:
    """Return what stands before the second colon.

    >>> prefix_of("cache:v:users:42"), prefix_of("session:9f"), prefix_of("counter")
    ('cache:v', 'session', 'counter')
    """
    parts = key.split(":")
    return ":".join(parts[: min(2, len(parts) - 1)]) or key


def _summary(seen: list[_Seen], policy: AnalysisPolicy, *, complete: bool) -> KeySample:
    uses: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in seen:
        use = uses[prefix_of(one.name)]
        use[0] += 1
        use[1] += one.bytes
        use[2] += one.ttl_ms == -1
    prefixes = sorted((PrefixUse(prefix, *use) for prefix, use in uses.items()), key=lambda use: -use.bytes)
    big = sorted((one for one in seen if one.bytes >= policy.big_key_bytes), key=lambda one: -one.bytes)
    hot = sorted((one for one in seen if one.accesses > 1), key=lambda one: -one.accesses)
    return KeySample(
        len(seen),
        sum(one.bytes for one in seen),
        sum(use.without_ttl for use in prefixes),
        tuple(prefixes[:20]),
        tuple(BigKey(one.name, one.kind, one.bytes) for one in big[: policy.big_keys_shown]),
        complete,
        tuple(HotKey(one.name, one.accesses) for one in hot[: policy.hot_keys_shown]),
        sum(one.accesses for one in seen),
    )


def _measured(client: "Redis", keys: list[bytes], *, counting: bool) -> list[_Seen]:
    # Asked first: what follows might count as a use on some version.
    accesses = heats(client, keys, counting=True) if counting else [None] * len(keys)
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.type(key)
        pipeline.pttl(key)
        pipeline.memory_usage(key)
    answers: list[Any] = pipeline.execute()
    # A key that expired under the look has no size.
    measured = zip(keys, accesses, answers[::3], answers[1::3], answers[2::3], strict=True)
    return [
        _Seen(key.decode("utf-8", "replace"), _text(kind), ttl_ms, size or 0, asked or 0.0)
        for key, asked, kind, ttl_ms, size in measured
    ]


def _text(word: bytes | str) -> str:
    return word.decode() if isinstance(word, bytes) else word
