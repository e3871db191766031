"""Putting values into envelopes and storing those that are set outright."""

import time
from collections.abc import Mapping
from typing import Any

from celeriac.cache.commands import Place
from celeriac.cache.envelope import Encoding, Sealed
from celeriac.cache.freshness import end_of
from celeriac.cache.keys import shortened
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.space import Space
from celeriac.cache.store import AWAY, Store
from celeriac.cache.tier import Tier
from celeriac.cache.values import encode


class Writer:
    """Seals values under a policy and stores them."""

    def __init__(self, store: Store, tier: Tier, policy: CachePolicy) -> None:
        self._store = store
        self._tier = tier
        self._encoding = Encoding.of(policy)
        self._max_value_bytes = policy.max_value_bytes

    async def write(
        self, space: Space, values: Mapping[str, Any], tags: tuple[str, ...], lifetime: Lifetime, compute_ms: float
    ) -> int:
        """Store values as of now in one round trip; return how many Redis took."""
        items = []
        for key, value in values.items():
            sealed, ttl_ms = self.seal(space, encode(value), tags, lifetime, compute_ms)
            if sealed is not None:
                items.append((shortened(key), sealed, ttl_ms))
        if not items:
            return 0
        written = await self._store.write(space.names, tags, items)
        self._tier.drop([Place(space.names, key, ()).value for key, _, _ in items])
        if written is AWAY:
            space.tally.add(errors=1)
            return 0
        space.tally.add(sets=written)
        return written

    def seal(
        self, space: Space, encoded: bytes, tags: tuple[str, ...], lifetime: Lifetime, compute_ms: float
    ) -> tuple[Sealed | None, int]:
        """Return the envelope and its ttl in ms; no envelope where it is larger than the policy allows."""
        now_s = time.time()
        ends_s = end_of(now_s, lifetime)
        ttl_ms = max(1, int((ends_s - now_s + lifetime.kept_s - lifetime.ttl_s) * 1000))
        sealed = self._encoding.seal(encoded, tags, ends_s, compute_ms)
        size = len(sealed.head) + len(sealed.rest)
        if size > self._max_value_bytes:
            space.tally.add(too_large=1)
            return None, ttl_ms
        space.tally.add(bytes_written=size, bytes_encoded=len(encoded))
        return sealed, ttl_ms
