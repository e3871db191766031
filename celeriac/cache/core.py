"""What a cache does, once for both kinds: coroutines over a link and a runner, which block in one kind only.

Never read: an entry older than an invalidation that returned True before the read began. An entry carries the tokens of
the generations under which its computation *began*, and is read together with the current ones; an invalidation removes
a token, and what was computed before it can no longer match, whenever it is stored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from celeriac.cache import statistics
from celeriac.cache.commands import Place
from celeriac.cache.computing import Computer, Parts, Wanted
from celeriac.cache.errors import PatternRefused
from celeriac.cache.freshness import checked
from celeriac.cache.keys import checked_tags, shortened
from celeriac.cache.links import Link
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.pulse import Pulse
from celeriac.cache.reading import Reader
from celeriac.cache.runners import Runner
from celeriac.cache.scattered import ScatteredStore
from celeriac.cache.space import Space, Spaces
from celeriac.cache.statistics import NamespaceStatistics
from celeriac.cache.store import AWAY, Store
from celeriac.cache.tier import Tier
from celeriac.cache.tracking import Tracking
from celeriac.cache.values import decode
from celeriac.cache.writing import Writer


class Miss:
    """What `get` returns where nothing is cached: false, and distinct from a cached None."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISS"


MISS: Final = Miss()


class Setup(NamedTuple):
    """How a cache was asked for."""

    prefix: str
    namespace: str
    local: bool
    policy: CachePolicy


class Core:
    """One cache."""

    def __init__(self, link: Link, runner: Runner, setup: Setup) -> None:
        policy = setup.policy
        checked(policy.lifetime)
        self.policy = policy
        self.runner = runner
        self.tier = Tier(policy.local)
        self.spaces = Spaces(setup.prefix, setup.namespace, self.tier, local=setup.local, scattered=link.scattered)
        link.vouch(setup.prefix)
        self.store = ScatteredStore(link, policy) if link.scattered else Store(link, policy)
        self.reader = Reader(self.store)
        self.writer = Writer(self.store, self.tier, policy)
        self.pulse = Pulse(runner, self._renew_locks, self.flush, policy.lock_s, policy.flush_every_s)
        self.computer = Computer(Parts(self.store, self.reader, self.writer, self.tier, self.pulse, runner), policy)
        self.tracking = Tracking(runner, self.tier, link.port, lambda: self.spaces.followed, policy.local.bound_s)
        self._told = (0, 0)

    def wake(self) -> None:
        """Start what runs beside the callers, unless it does."""
        self.pulse.start()

    def kept(self, space: Space, name: str, lifetime: Lifetime) -> Any:
        """Return what the local tier holds under the name of an entry's key, or MISS; the path of its every hit."""
        kept = self.tier.find(name, lifetime)
        if kept is None:
            if self.tracking.idle and self.policy.local.tracking:
                self.tracking.start()
            return MISS
        space.tally.local_hit(kept.compute_ms)
        return decode(kept.encoded)

    async def get(self, space: Space, key: str, default: Any, tags: Sequence[str] | None) -> Any:
        """Look an entry up in Redis."""
        known = self.reader.tags_of(space, key) if tags is None else checked_tags(tuple(tags))
        look = await self.reader.look(space, Place(space.names, key, known), self.policy.lifetime)
        return look.value if look.serves else default

    async def get_many(self, keys: Iterable[str], namespace: str | None, tags: Sequence[str]) -> dict[str, Any]:
        """Look entries up, in Redis those only that are not in the local tier."""
        space, ordered = self.spaces.get(namespace), checked_tags(tuple(tags))
        distinct, names = [*dict.fromkeys(keys)], space.names
        if space.tier is None:
            return await self.reader.look_many(space, distinct, ordered, self.policy.lifetime)
        found: dict[str, Any] = {}
        for key in distinct:
            value = self.kept(space, names.value + shortened(key) + names.end, self.policy.lifetime)
            if value is not MISS:
                found[key] = value
        missing = [key for key in distinct if key not in found]
        if missing:
            found |= await self.reader.look_many(space, missing, ordered, self.policy.lifetime)
        return found

    async def set_many(
        self,
        values: Mapping[str, Any],
        ttl_s: float | None,
        namespace: str | None,
        tags: Sequence[str],
        compute_ms: float,
    ) -> int:
        """Store values under the same tags; return how many Redis took."""
        space, ordered = self.spaces.get(namespace), checked_tags(tuple(tags))
        written = await self.writer.write(space, values, ordered, self.lifetime(ttl_s, None), compute_ms)
        if ordered and written:
            self.reader.remember(space, map(shortened, values), ordered)
        return written

    async def delete(self, keys: Iterable[str], namespace: str | None) -> bool:
        """Drop single entries; return whether Redis confirmed it."""
        space, names = self.spaces.get(namespace), [shortened(key) for key in keys]
        space.tally.add(deletes=len(names))
        confirmed = await self.store.forget(space.names, names) is not AWAY
        self.tier.drop([Place(space.names, name, ()).value for name in names])
        return confirmed

    async def invalidate(self, namespace: str | None, tags: Sequence[str]) -> bool:
        """Make every entry of a namespace and under any of the tags unreadable; return whether Redis confirmed it."""
        space = self.spaces.get(namespace)
        generations = [space.names.tag(tag) for tag in checked_tags(tuple(tags))]
        if namespace is not None or not generations:
            generations.append(space.names.generation)
        space.tally.add(invalidations=1)
        confirmed = await self.store.drop_generations(generations)
        self.tier.drop(generations)
        return confirmed

    async def invalidate_matching(
        self, pattern: str, namespace: str | None, progress: Callable[[int], None] | None
    ) -> int | None:
        """Drop the entries whose key matches a glob pattern; return how many, None where Redis is away."""
        if not pattern:
            raise PatternRefused(given=pattern)
        space = self.spaces.get(namespace)
        space.tally.add(invalidations=1)
        try:
            dropped = await self.store.drop_matching(
                space.names, pattern, self.policy.scan_batch, progress or (lambda _: None)
            )
        finally:
            self.tier.drop([space.names.generation])
        if dropped is AWAY:
            return None
        space.tally.add(deletes=dropped)
        return dropped

    async def fields(self) -> dict[bytes, bytes]:
        """Return the counters of all processes; none where Redis is away."""
        await self.flush()
        fields = await self.store.statistics(self._statistics_key)
        return {} if fields is AWAY else fields

    async def statistics(self) -> dict[str, NamespaceStatistics]:
        """Return every namespace's statistics."""
        return statistics.read(await self.fields())

    async def function_statistics(self) -> tuple[NamespaceStatistics, ...]:
        """Return the statistics by namespace and function."""
        return statistics.read_functions(await self.fields())

    async def clear_statistics(self) -> bool:
        """Begin all statistics at zero; return whether Redis confirmed it."""
        self.spaces.clear_counts()
        return await self.store.clear_statistics(self._statistics_key)

    async def flush(self) -> None:
        """Add the statistics gathered in this process to Redis, and tell it what it could not be told before."""
        await self.store.pay()
        self._count_openings_and_evictions()
        taken = [(space.tally, space.tally.take()) for space in self.spaces]
        fields: dict[str, int] = {}
        for _, counts in taken:
            for field, amount in counts.items():
                fields[field] = fields.get(field, 0) + amount
        if fields and not await self.store.add_statistics(self._statistics_key, fields):
            for tally, counts in taken:
                tally.give_back(counts)

    async def close(self) -> None:
        """Flush, end what runs beside the callers and give the connections back; a later use begins anew."""
        self.pulse.stop()
        self.tracking.stop()
        await self.runner.close()
        await self.flush()
        await self.store.close()

    def reset(self, *, forked: bool) -> None:
        """Begin anew what does not survive a fork or an event loop; a child leaves to its parent what that counted."""
        self.runner.reset()
        self.store.reset(forked=forked)
        self.pulse.reset()
        self.tracking.reset()
        self.tier.reset()
        self.computer.reset()
        if forked:
            self.spaces.clear_counts()
            self._told = (0, self.tier.evictions)

    def wanted(
        self, key: str, compute: Callable[[], Any], lifetime: Lifetime, namespace: str | None, tags: Sequence[str]
    ) -> Wanted:
        """Return an entry to serve."""
        space = self.spaces.get(namespace)
        return Wanted(space, Place(space.names, shortened(key), checked_tags(tuple(tags))), compute, lifetime)

    def lifetime(self, ttl_s: float | None, lifetime: Lifetime | None) -> Lifetime:
        """Return the lifetime that a call means; raises LifetimeRefused."""
        chosen = lifetime or self.policy.lifetime
        return checked(chosen if ttl_s is None else replace(chosen, ttl_s=ttl_s))

    @property
    def _statistics_key(self) -> str:
        return f"{self.spaces.prefix}:s"

    async def _renew_locks(self, tokens_by_lock: dict[str, bytes]) -> None:
        await self.store.renew(tokens_by_lock, int(self.policy.lock_s * 1000))

    def _count_openings_and_evictions(self) -> None:
        opened, evicted = self._told
        self._told = (self.store.breaker.opened, self.tier.evictions)
        if self._told != (opened, evicted):
            counted = {"breaker_openings": self._told[0] - opened, "evictions": self._told[1] - evicted}
            self.spaces.get(None).tally.add(**counted)
