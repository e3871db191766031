"""The cache that services import: a hit is one round trip, a miss is computed once, and without Redis all goes on.

Never read: an entry older than an invalidation that returned True before the read began. An entry carries the tokens of
the generations under which its computation *began*, and is read together with the current ones; an invalidation removes
a token, and what was computed before it can no longer match, whenever it is stored.
"""

import atexit
import os
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from redis import Redis

from celeriac.cache import commands, statistics
from celeriac.cache.breaker import BreakerState
from celeriac.cache.client import connect
from celeriac.cache.commands import Place
from celeriac.cache.computing import Computer, Wanted
from celeriac.cache.errors import PatternRefused
from celeriac.cache.freshness import checked
from celeriac.cache.keys import checked_tags, shortened
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.pulse import Pulse
from celeriac.cache.reading import Reader
from celeriac.cache.space import Space, Spaces
from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.store import AWAY, Store
from celeriac.cache.writing import Writer

T = TypeVar("T")


class Miss:
    """What `get` returns where nothing is cached: false, and distinct from a cached None."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISS"


MISS: Final = Miss()


class Cache:
    """A cache in Redis, for any number of threads and processes.

    `redis` is a URL, or a client that returns bytes and has short time-outs (`celeriac.cache.connect`). Values are JSON
    (`celeriac.cache.values` has the rules). No method raises because Redis is away.
    """

    def __init__(
        self,
        redis: "Redis | str",
        *,
        prefix: str = "cache",
        namespace: str = "default",
        policy: CachePolicy = CachePolicy(),  # noqa: B008 - frozen
    ) -> None:
        checked(policy.lifetime)
        self.policy = policy
        self._spaces = Spaces(prefix, namespace)
        client = connect(redis) if isinstance(redis, str) else redis
        self._owned = client if isinstance(redis, str) else None
        self._store = Store(client, policy)
        self._reader = Reader(self._store)
        self._writer = Writer(self._store, policy)
        self._pulse = Pulse(self._renew, self.flush, policy.lock_s, policy.flush_every_s)
        self._computer = Computer(self._store, self._reader, self._writer, self._pulse, policy)
        _CACHES.add(self)

    def get(
        self, key: str, default: Any = MISS, *, namespace: str | None = None, tags: Sequence[str] | None = None
    ) -> Any:
        """Return the cached value, or `default`.

        The tags of an entry are remembered; giving them saves the first read of a tagged entry a second round trip.
        """
        if self._pulse.idle:
            self._pulse.start()
        space, key = self._spaces.get(namespace), shortened(key)
        known = self._reader.tags_of(space, key) if tags is None else checked_tags(tuple(tags))
        look = self._reader.look(space, Place(space.names, key, known), self.policy.lifetime)
        return look.value if look.serves else default

    def get_many(
        self, keys: Iterable[str], *, namespace: str | None = None, tags: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the cached ones of these keys in one round trip; `tags` are those they were all stored under."""
        if self._pulse.idle:
            self._pulse.start()
        ordered = checked_tags(tuple(tags))
        return self._reader.look_many(self._spaces.get(namespace), [*dict.fromkeys(keys)], ordered)

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
        return self.set_many({key: value}, ttl_s=ttl_s, namespace=namespace, tags=tags) == 1

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
        space, ordered = self._spaces.get(namespace), checked_tags(tuple(tags))
        written = self._writer.write(space, values, ordered, self._lifetime(ttl_s, None), compute_ms)
        if ordered and written:
            self._reader.remember(space, map(shortened, values), ordered)
        return written

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
        wanted = self._wanted(key, compute, self._lifetime(ttl_s, lifetime), namespace, tuple(tags))
        value: T = self.serve(wanted)
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
        wanted = self._wanted(key, compute, self._lifetime(ttl_s, lifetime), namespace, tuple(tags))
        value: T = self.renew(wanted)
        return value

    def space(self, namespace: str | None = None) -> Space:
        """Return a namespace as this process knows it."""
        return self._spaces.get(namespace)

    def serve(self, wanted: Wanted) -> Any:
        """Do what `get_or_compute` says for an entry that was prepared before."""
        if self._pulse.idle:
            self._pulse.start()
        return self._computer.serve(wanted)

    def renew(self, wanted: Wanted) -> Any:
        """Do what `refresh` says for an entry that was prepared before."""
        return self._computer.renew(wanted)

    def delete(self, *keys: str, namespace: str | None = None) -> bool:
        """Drop single entries; return whether Redis confirmed it. Where it is away it is told as soon as it is back."""
        space = self._spaces.get(namespace)
        space.tally.add(deletes=len(keys))
        return self._store.forget(space.names, [shortened(key) for key in keys]) is not AWAY

    def invalidate(self, *, namespace: str | None = None, tags: Sequence[str] = ()) -> bool:
        """Make every entry of a namespace, and every entry under any of the tags, unreadable for all processes.

        One command, whatever the number of entries; Redis frees their memory as they expire. Without arguments the
        default namespace. Returns whether Redis confirmed it; where it is away it is told as soon as it is back, before
        this process reads anything again.
        """
        space = self._spaces.get(namespace)
        generations = [space.names.tag(tag) for tag in checked_tags(tuple(tags))]
        if namespace is not None or not generations:
            generations.append(space.names.generation)
        space.tally.add(invalidations=1)
        return self._store.drop_generations(generations)

    def invalidate_matching(
        self, pattern: str, *, namespace: str | None = None, progress: Callable[[int], None] | None = None
    ) -> int | None:
        """Drop the entries whose key matches a glob pattern, in batches; return how many, None where Redis is away.

        It walks all keys of the database without blocking it: prefer tags where the choice is yours. `progress` is told
        the number dropped so far. Keys too long to be kept as they are cannot be found by a pattern.
        """
        if not pattern:
            raise PatternRefused(given=pattern)
        space = self._spaces.get(namespace)
        space.tally.add(invalidations=1)
        dropped = self._store.drop_matching(space.names, pattern, self.policy.scan_batch, progress or (lambda _: None))
        if dropped is AWAY:
            return None
        space.tally.add(deletes=dropped)
        return dropped

    def statistics(self) -> dict[str, NamespaceStatistics]:
        """Return every namespace's statistics over all processes; empty where Redis is away."""
        self.flush()
        fields = self._store.statistics(self._statistics_key)
        return {} if fields is AWAY else statistics.read(fields)

    def clear_statistics(self) -> bool:
        """Begin all statistics at zero; return whether Redis confirmed it."""
        self._spaces.clear_counts()
        return self._store.clear_statistics(self._statistics_key)

    @property
    def breaker_state(self) -> BreakerState:
        """Whether Redis is used: closed (it is), open (it failed a moment ago) or half-open (the next call tries)."""
        return self._store.breaker.state

    def flush(self) -> None:
        """Add the statistics gathered in this process to Redis, and tell it what it could not be told before."""
        self._store.pay()
        taken = [(space.tally, space.tally.take()) for space in self._spaces]
        fields = {field: amount for _, counts in taken for field, amount in counts.items()}
        if fields and not self._store.add_statistics(self._statistics_key, fields):
            for tally, counts in taken:
                tally.give_back(counts)

    def close(self) -> None:
        """Flush, end the background threads and close what was opened by URL; a later use opens it again."""
        self._pulse.stop()
        self._computer.close()
        self.flush()
        self._store.close()
        if self._owned is not None:
            self._owned.close()

    @property
    def _statistics_key(self) -> str:
        return f"{self._spaces.prefix}:s"

    def _wanted(
        self,
        key: str,
        compute: Callable[[], Any],
        lifetime: Lifetime,
        namespace: str | None,
        tags: tuple[str, ...],
    ) -> Wanted:
        space = self._spaces.get(namespace)
        return Wanted(space, Place(space.names, shortened(key), checked_tags(tags)), compute, lifetime)

    def _lifetime(self, ttl_s: float | None, lifetime: Lifetime | None) -> Lifetime:
        chosen = lifetime or self.policy.lifetime
        return checked(chosen if ttl_s is None else replace(chosen, ttl_s=ttl_s))

    def _renew(self, tokens_by_lock: dict[str, bytes]) -> None:
        self._store.run(commands.renew(tokens_by_lock, int(self.policy.lock_s * 1000)))

    def after_fork(self) -> None:
        """Begin anew what does not survive a fork: threads, and counts that the parent will report itself."""
        self._store.reset()
        self._pulse.reset()
        self._computer.reset()
        self._spaces.clear_counts()


_CACHES: "weakref.WeakSet[Cache]" = weakref.WeakSet()


def _each(act: Callable[[Cache], object]) -> Callable[[], None]:
    def for_all() -> None:
        for cache in [*_CACHES]:
            act(cache)

    return for_all


os.register_at_fork(after_in_child=_each(Cache.after_fork))
atexit.register(_each(Cache.flush))
