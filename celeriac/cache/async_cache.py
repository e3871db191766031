"""The cache for coroutines: the methods of `Cache`, to be awaited, over redis.asyncio; both do what `core` does."""

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from celeriac.cache import links
from celeriac.cache.breaker import BreakerState
from celeriac.cache.computing import Wanted
from celeriac.cache.core import MISS, Core, Setup
from celeriac.cache.keys import shortened
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.runners import Tasks
from celeriac.cache.space import Space
from celeriac.cache.statistics import NamespaceStatistics

T = TypeVar("T")


class AsyncCache:
    """A cache in Redis, for any number of tasks and processes; it shares its entries with any `Cache` of that prefix.

    It works in one event loop at a time; used in another one it begins anew there. Statistics that were gathered since
    the last flush are lost unless `close` is awaited. All else is as `Cache` says.
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
        self._core = Core(links.awaiting(redis), Tasks(policy.refresh_threads), setup)
        self._pulse = self._core.pulse
        self._spaces = self._core.spaces
        self._loop: asyncio.AbstractEventLoop | None = None
        _CACHES.add(self)

    async def get(
        self, key: str, default: Any = MISS, *, namespace: str | None = None, tags: Sequence[str] | None = None
    ) -> Any:
        """Return the cached value, or `default`."""
        self._here()
        space, key = self._spaces.get(namespace), shortened(key)
        if space.tier is not None:
            names = space.names
            kept = self._core.kept(space, names.value + key + names.end, self.policy.lifetime)
            if kept is not MISS:
                return kept
        return await self._core.get(space, key, default, tags)

    async def get_many(
        self, keys: Iterable[str], *, namespace: str | None = None, tags: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the cached ones of these keys in one round trip; `tags` are those they were all stored under."""
        self._here()
        return await self._core.get_many(keys, namespace, tags)

    async def set(
        self,
        key: str,
        value: Any,
        *,
        ttl_s: float | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> bool:
        """Store a value as of now; return whether Redis took it."""
        self._here()
        return await self._core.set_many({key: value}, ttl_s, namespace, tags, 0.0) == 1

    async def set_many(
        self,
        values: Mapping[str, Any],
        *,
        ttl_s: float | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
        compute_ms: float = 0.0,
    ) -> int:
        """Store values under the same tags in one round trip; return how many Redis took."""
        self._here()
        return await self._core.set_many(values, ttl_s, namespace, tags, compute_ms)

    async def get_or_compute(
        self,
        key: str,
        compute: Callable[[], Awaitable[T]],
        *,
        ttl_s: float | None = None,
        lifetime: Lifetime | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> T:
        """Return the cached value, else the computed one, computed once among all tasks and processes."""
        lifetime = self._core.lifetime(ttl_s, lifetime)
        value: T = await self.serve(self._core.wanted(key, compute, lifetime, namespace, tags))
        return value

    async def refresh(
        self,
        key: str,
        compute: Callable[[], Awaitable[T]],
        *,
        ttl_s: float | None = None,
        lifetime: Lifetime | None = None,
        namespace: str | None = None,
        tags: Sequence[str] = (),
    ) -> T:
        """Compute and store now, whatever is cached; a computation under way may no longer store its result."""
        lifetime = self._core.lifetime(ttl_s, lifetime)
        value: T = await self.renew(self._core.wanted(key, compute, lifetime, namespace, tags))
        return value

    def space(self, namespace: str | None = None, function: str = "", local: bool | None = None) -> Space:
        """Return a namespace as this process, or one function of it, knows it."""
        return self._spaces.of_function(namespace, function, local) if namespace else self._spaces.get(namespace)

    async def serve(self, wanted: Wanted) -> Any:
        """Do what `get_or_compute` says for an entry that was prepared before."""
        self._here()
        if wanted.space.tier is not None:
            kept = self._core.kept(wanted.space, wanted.place.value, wanted.lifetime)
            if kept is not MISS:
                return kept
        return await self._core.computer.serve(wanted)

    async def renew(self, wanted: Wanted) -> Any:
        """Do what `refresh` says for an entry that was prepared before."""
        self._here()
        return await self._core.computer.renew(wanted)

    async def delete(self, *keys: str, namespace: str | None = None) -> bool:
        """Drop single entries; return whether Redis confirmed it. Where it is away it is told as soon as it is back."""
        self._here()
        return await self._core.delete(keys, namespace)

    async def invalidate(self, *, namespace: str | None = None, tags: Sequence[str] = ()) -> bool:
        """Make every entry of a namespace, and every entry under any of the tags, unreadable for all processes."""
        self._here()
        return await self._core.invalidate(namespace, tags)

    async def invalidate_matching(
        self, pattern: str, *, namespace: str | None = None, progress: Callable[[int], None] | None = None
    ) -> int | None:
        """Drop the entries whose key matches a glob pattern, in batches; return how many, None where Redis is away."""
        self._here()
        return await self._core.invalidate_matching(pattern, namespace, progress)

    async def statistics(self) -> dict[str, NamespaceStatistics]:
        """Return every namespace's statistics over all processes; empty where Redis is away."""
        self._here()
        return await self._core.statistics()

    async def function_statistics(self) -> tuple[NamespaceStatistics, ...]:
        """Return the statistics of all processes by namespace and decorated function; empty where Redis is away."""
        self._here()
        return await self._core.function_statistics()

    async def clear_statistics(self) -> bool:
        """Begin all statistics at zero; return whether Redis confirmed it."""
        self._here()
        return await self._core.clear_statistics()

    @property
    def breaker_state(self) -> BreakerState:
        """Whether Redis is used: closed (it is), open (it failed a moment ago) or half-open (the next call tries)."""
        return self._core.store.breaker.state

    async def flush(self) -> None:
        """Add the statistics gathered in this process to Redis, and tell it what it could not be told before."""
        self._here()
        await self._core.flush()

    async def close(self) -> None:
        """Flush, end the background tasks and close what was opened by URL; a later use opens it again."""
        self._here()
        await self._core.close()

    def after_fork(self) -> None:
        """Begin anew what does not survive a fork: tasks, and counts that the parent will report itself."""
        self._core.reset(forked=True)
        self._loop = None

    def _here(self) -> None:
        """Begin anew where the event loop is another one than before, and start what runs beside the callers."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            if self._loop is not None:
                self._core.reset(forked=False)
            self._loop = loop
        if self._pulse.idle:
            self._core.wake()


_CACHES: "weakref.WeakSet[AsyncCache]" = weakref.WeakSet()


def _after_fork() -> None:
    for cache in [*_CACHES]:
        cache.after_fork()


os.register_at_fork(after_in_child=_after_fork)
