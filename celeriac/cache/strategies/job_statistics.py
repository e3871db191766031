"""Job statistics: counts over what changes all the time, wanted at once and never exact."""

import threading
import time
from collections.abc import Callable
from typing import Any

from celeriac.cache.async_cache import AsyncCache
from celeriac.cache.cache import Cache
from celeriac.cache.decorator import cached
from celeriac.cache.policy import Lifetime
from celeriac.cache.strategies.keys import filled, template_of

LIFETIME = Lifetime(ttl_s=60, stale_s=300)
"""A minute; for five more the last figures serve at once while one caller's thread counts anew."""
SETTLE_S = 10.0
ALL = "jobs"
_MOST_OWNERS = 10_000


class JobStatistics:
    """Caches counts over jobs; a stream of finished jobs drops them every few seconds and not at each one.

    With a hundred jobs finished a second, dropping the counts at each would be as good as no cache. So `changed` acts
    at most once in `settle_s` for an owner, in each process; what it leaves out shows when the entry ends.
    """

    def __init__(
        self,
        cache: Cache | AsyncCache,
        *,
        namespace: str = "job_statistics",
        lifetime: Lifetime = LIFETIME,
        settle_s: float = SETTLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache: Any = cache
        self._namespace = namespace
        self._lifetime = lifetime
        self._settle_s = settle_s
        self._clock = clock
        self._dropped: dict[str, float] = {}
        self._lock = threading.Lock()

    def cached(self, *, owner: str | None = None, key: str | None = None, version: int | None = None) -> Any:
        """Decorate a function; `owner` names its parameter that says whose jobs it counts, none for everyone's."""

        def decorate(function: Callable[..., Any]) -> Any:
            return cached(
                self._cache,
                key=key or template_of(function),
                namespace=self._namespace,
                tags=(ALL,) if owner is None else (ALL, f"jobs:{{{owner}}}"),
                lifetime=self._lifetime,
                version=version,
            )(function)

        return decorate

    def changed(self, owner: object) -> Any:
        """Say that an owner's jobs changed; returns what `cache.invalidate` does, None where it is too soon again."""
        tag = filled("jobs:{owner}", owner)
        return self._cache.invalidate(tags=(tag,)) if self._due(tag) else None

    def recount(self) -> Any:
        """Drop every count at once, as after an import."""
        return self._cache.invalidate(tags=(ALL,))

    def _due(self, tag: str) -> bool:
        now = self._clock()
        with self._lock:
            if now - self._dropped.get(tag, float("-inf")) < self._settle_s:
                return False
            if len(self._dropped) >= _MOST_OWNERS:
                self._dropped.clear()
            self._dropped[tag] = now
            return True
