"""The cache that services import: a hit is one round trip, a miss is computed once, and without Redis all goes on.

This is the synchronous one, for threads; what it does is in `core`, which it shares with `AsyncCache`.
"""

import atexit
import os
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from celeriac.cache import links
from celeriac.cache.breaker import BreakerState
from celeriac.cache.completion import completed
from celeriac.cache.computing import Wanted
from celeriac.cache.core import MISS, Core, Setup
from celeriac.cache.keys import shortened
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.runners import Threads
from celeriac.cache.space import Space
from celeriac.cache.statistics import NamespaceStatistics

T = TypeVar("T")


class Cache:
    """A cache in Redis, for any number of threads and processes.

    `redis` is a URL (`celeriac.cache.connect` says which), or a client that returns bytes and has short time-outs.
    `local` keeps hot values in the process too (`policy.local` bounds them). Values are JSON (`celeriac.cache.values`
    has the rules). No method raises because Redis is away.
    """

    def __init__(
        self,
        redis: Any,
        *,
        prefix: str = "cache",
        namespace: str = "default",
        local: bool = False,
        policy: CachePolicy = CachePolicy(),  # noqa: B008 - frozen
    ) -> None:
        self.policy = policy
        setup = Setup(prefix, namespace, local, policy)
        self._core = Core(links.blocking(redis), Threads(policy.refresh_threads), setup)
        self._pulse = self._core.pulse
        self._spaces = self._core.spaces
        _CACHES.add(self)

    def get(
        self, key: str, default: Any = MISS, *, namespace: str | None = None, tags: Sequence[str] | None = None
    ) -> Any:
        """Return the cached value, or `default`.

        The tags of an entry are remembered; giving them saves the first read of a tagged entry a second round trip.
        """
        if self._pulse.idle:
            self._core.wake()
        space, key = self._spaces.get(namespace), shortened(key)
        if space.tier is not None:
            names = space.names
            kept = self._core.kept(space, names.value + key + names.end, self.policy.lifetime)
            if kept is not MISS:
                return kept
        return completed(self._core.get(space, key, default, tags))

    def get_many(
        self, keys: Iterable[str], *, namespace: str | None = None, tags: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the cached ones of these keys in one round trip; `tags` are those they were all stored under."""
        if self._pulse.idle:
            self._core.wake()
        return completed(self._core.get_many(keys, namespace, tags))

    def set(
        self,
        key: str,
        value: Any,
        *,
        ttl_s: float | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> bool:
        """Store a value as of now; return whether Redis took it."""
        return completed(self._core.set_many({key: value}, ttl_s, namespace, tags, 0.0)) == 1

    def set_many(
        self,
        values: Mapping[str, Any],
        *,
        ttl_s: float | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
        compute_ms: float = 0.0,
    ) -> int:
        """Store values under the same tags in one round trip; return how many Redis took.

        `compute_ms` is what one of them cost to compute; hits then count it as saved.
        """
        return completed(self._core.set_many(values, ttl_s, namespace, tags, compute_ms))

    def get_or_compute(
        self,
        key: str,
        compute: Callable[[], T],
        *,
        ttl_s: float | None = None,
        lifetime: Lifetime | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> T:
        """Return the cached value, else the computed one, computed once among all threads and processes.

        A computed value is returned as it will come back from the cache: a tuple as a list, a datetime as text.
        """
        value: T = self.serve(self._core.wanted(key, compute, self._core.lifetime(ttl_s, lifetime), namespace, tags))
        return value

    def refresh(
        self,
        key: str,
        compute: Callable[[], T],
        *,
        ttl_s: float | None = None,
        lifetime: Lifetime | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> T:
        """Compute and store now, whatever is cached; a computation under way may no longer store its result."""
        value: T = self.renew(self._core.wanted(key, compute, self._core.lifetime(ttl_s, lifetime), namespace, tags))
        return value

    def space(self, namespace: str | None = None, function: str = "", local: bool | None = None) -> Space:
        """Return a namespace as this process, or one function of it, knows it."""
        return self._spaces.of_function(namespace, function, local) if namespace else self._spaces.get(namespace)

    def serve(self, wanted: Wanted) -> Any:
        """Do what `get_or_compute` says for an entry that was prepared before."""
        if self._pulse.idle:
            self._core.wake()
        if wanted.space.tier is not None:
            kept = self._core.kept(wanted.space, wanted.place.value, wanted.lifetime)
            if kept is not MISS:
                return kept
        return completed(self._core.computer.serve(wanted))

    def renew(self, wanted: Wanted) -> Any:
        """Do what `refresh` says for an entry that was prepared before."""
        return completed(self._core.computer.renew(wanted))

    def delete(self, *keys: str, namespace: str | None = None) -> bool:
        """Drop single entries; return whether Redis confirmed it. Where it is away it is told as soon as it is back."""
        return completed(self._core.delete(keys, namespace))

    def invalidate(self, *, namespace: str | None = None, tags: Sequence[str] = ()) -> bool:
        """Make every entry of a namespace, and every entry under any of the tags, unreadable for all processes.

        One command, whatever the number of entries; Redis frees their memory as they expire. Without arguments the
        default namespace. Returns whether Redis confirmed it; where it is away it is told as soon as it is back, before
        this process reads anything again.
        """
        return completed(self._core.invalidate(namespace, tags))

    def invalidate_matching(
        self, pattern: str, *, namespace: str | None = None, progress: Callable[[int], None] | None = None
    ) -> int | None:
        """Drop the entries whose key matches a glob pattern, in batches; return how many, None where Redis is away.

        It walks all keys of the database without blocking it: prefer tags where the choice is yours. `progress` is told
        the number dropped so far. Keys too long to be kept as they are cannot be found by a pattern.
        """
        return completed(self._core.invalidate_matching(pattern, namespace, progress))

    def statistics(self) -> dict[str, NamespaceStatistics]:
        """Return every namespace's statistics over all processes; empty where Redis is away."""
        return completed(self._core.statistics())

    def function_statistics(self) -> tuple[NamespaceStatistics, ...]:
        """Return the statistics of all processes by namespace and decorated function; empty where Redis is away."""
        return completed(self._core.function_statistics())

    def clear_statistics(self) -> bool:
        """Begin all statistics at zero; return whether Redis confirmed it."""
        return completed(self._core.clear_statistics())

    @property
    def breaker_state(self) -> BreakerState:
        """Whether Redis is used: closed (it is), open (it failed a moment ago) or half-open (the next call tries)."""
        return self._core.store.breaker.state

    def flush(self) -> None:
        """Add the statistics gathered in this process to Redis, and tell it what it could not be told before."""
        completed(self._core.flush())

    def close(self) -> None:
        """Flush, end the background threads and close what was opened by URL; a later use opens it again."""
        completed(self._core.close())

    def after_fork(self) -> None:
        """Begin anew what does not survive a fork: threads, and counts that the parent will report itself."""
        self._core.reset(forked=True)


_CACHES: "weakref.WeakSet[Cache]" = weakref.WeakSet()


def _each(act: Callable[[Cache], object]) -> Callable[[], None]:
    def for_all() -> None:
        for cache in [*_CACHES]:
            act(cache)

    return for_all


os.register_at_fork(after_in_child=_each(Cache.after_fork))
atexit.register(_each(Cache.flush))
