"""Every word the cache exchanges with Redis: one place that turns a failure into "not now" and minds the breaker."""

import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from redis.exceptions import ClusterDownError, MaxConnectionsError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from celeriac.cache import commands
from celeriac.cache.breaker import Breaker
from celeriac.cache.commands import Claim, Command, Held, Mode, Place
from celeriac.cache.envelope import Sealed
from celeriac.cache.keys import Names
from celeriac.cache.links import Link
from celeriac.cache.owed import Owed
from celeriac.cache.policy import CachePolicy

logger = logging.getLogger("celeriac.cache")

T = TypeVar("T")


class Away(Enum):
    """Redis did not answer, or was not asked because it did not answer a moment ago."""

    AWAY = "away"


AWAY: Final = Away.AWAY

FAILURES = (RedisError, RedisClusterException)
"""All that a client raises; a cluster's is of no common kind."""

_UNREACHABLE = (RedisConnectionError, RedisTimeoutError, ClusterDownError, RedisClusterException)

_SLICE_SHARE = 0.6
"""A blocking command must end well before the socket's time-out, or the client would call a wait a failure."""


class Store:
    """A Redis that answers, or says AWAY at once."""

    def __init__(self, link: Link, policy: CachePolicy) -> None:
        self.breaker = Breaker(policy.breaker_window_s)
        self.errors = 0
        self._link = link
        self._slice_s = _SLICE_SHARE * link.socket_timeout_s
        self._most_owed = policy.max_owed
        self._owed = Owed(policy.max_owed)

    async def read(self, keys: list[str]) -> list[bytes | None] | Away:
        """Fetch keys in one round trip; the path of every hit."""
        if not self.breaker.closed and not await self._may_probe():
            return AWAY
        try:
            values = await self._link.mget(keys)
        except FAILURES as error:
            self._failed(error)
            return AWAY
        if not self.breaker.closed:
            self._recovered()
        return values

    async def begin(self, place: Place, token: bytes, lock_ms: int, ttl_ms: int, mode: Mode) -> Claim | Held | Away:
        """Ask for the computation of an entry."""
        answer = await self._run(commands.begin(place, token, lock_ms, ttl_ms, mode))
        return AWAY if answer is AWAY else commands.begun(place, token, answer)

    async def complete(self, claim: Claim, sealed: Sealed | None, ttl_ms: int) -> bool:
        """End a computation; return whether its result was stored."""
        return bool(await self._run(commands.complete(claim, sealed, ttl_ms)) == 1)

    async def write(self, names: Names, tags: tuple[str, ...], items: list[tuple[str, Sealed, int]]) -> int | Away:
        """Store (key, envelope, ttl in ms) items under the same tags."""
        answer: int | Away = await self._run(commands.write(names, tags, items))
        return answer

    async def renew(self, tokens_by_lock: Mapping[str, bytes], lock_ms: int) -> None:
        """Keep the locks of running computations."""
        await self._run(commands.renew(tokens_by_lock, lock_ms))

    async def wait(self, wake: str, seconds: float) -> bool:
        """Sleep until the list `wake` is pushed to; return False where that did not happen or Redis is away."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            slice_s = min(left, self._slice_s)
            answer = await self._ask(lambda: self._link.wait(wake, slice_s))  # noqa: B023 - run before the next round
            if answer is AWAY:
                return False
            if answer:
                return True
        return False

    async def drop_generations(self, generations: list[str]) -> bool:
        """Make everything under these generations unreadable; where Redis is away, as soon as it is back."""
        if await self._ask(lambda: self._link.unlink(generations)) is not AWAY:
            return True
        self._owed.add(generations, [])
        return False

    async def forget(self, names: Names, keys: list[str]) -> int | Away:
        """Drop single entries; where Redis is away, as soon as it is back."""
        pairs = [(place.value, place.lock) for place in (Place(names, key, ()) for key in keys)]
        answer = await self._ask(lambda: self._forget(pairs))
        if answer is AWAY and not self._owed.add([], pairs):
            # Too many to remember one by one: the namespace as a whole is the smaller debt.
            self._owed.add([names.generation], [])
        return answer

    async def drop_matching(
        self, names: Names, pattern: str, batch: int, progress: Callable[[int], None]
    ) -> int | Away:
        """Drop values by pattern, telling `progress` the number so far; where Redis is away, the namespace is owed."""
        answer = await self._ask(lambda: self._drop_matching(names, pattern, batch, progress))
        if answer is AWAY:
            # What a scan would find cannot be known now: the namespace as a whole is owed instead.
            self._owed.add([names.generation], [])
        return answer

    async def add_statistics(self, key: str, fields: Mapping[str, int]) -> bool:
        """Add to the counters of all processes; return False where that surely did not happen."""
        if not self.breaker.closed and not await self._may_probe():
            return False
        try:
            await self._link.evaluate(commands.count(key, fields))
        except FAILURES as error:
            self._failed(error)
            # A silent server has the command in its socket and will run it when it wakes: do not count twice.
            return isinstance(error, RedisTimeoutError)
        if not self.breaker.closed:
            self._recovered()
        return True

    async def statistics(self, key: str) -> dict[bytes, bytes] | Away:
        """Read the counters of all processes."""
        return await self._ask(lambda: self._link.counters(key))

    async def clear_statistics(self, key: str) -> bool:
        """Drop the counters of all processes."""
        return await self._ask(lambda: self._link.unlink([key])) is not AWAY

    async def pay(self) -> None:
        """Deliver the invalidations that Redis could not be told before."""
        if self._owed and self.breaker.closed:
            await self._ask(self._deliver)

    async def close(self) -> None:
        """Give the connections that are kept at hand back to the client's pool."""
        await self._link.close()

    def reset(self, *, forked: bool) -> None:
        """Begin anew in a forked child or another event loop: what another held at that moment would stay held."""
        if forked:
            self.breaker.reset()
            self._owed = Owed(self._most_owed)
        self._link.forget()

    async def _run(self, command: Command) -> Any:
        return await self._ask(lambda: self._link.evaluate(command))

    async def _ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T | Away:
        """Return what Redis answers, or AWAY."""
        if not self.breaker.closed and not await self._may_probe():
            return AWAY
        try:
            answer = await question()
        except FAILURES as error:
            self._failed(error)
            return AWAY
        if not self.breaker.closed:
            self._recovered()
        return answer

    async def _forget(self, pairs: list[tuple[str, str]]) -> int:
        return int(await self._link.evaluate(commands.forget(pairs)))

    async def _drop_matching(self, names: Names, pattern: str, batch: int, progress: Callable[[int], None]) -> int:
        # A computation under way has no value yet that a scan could find: the barrier refuses its result.
        await self._link.put(names.barrier, commands.fresh_token(), commands.MIN_GENERATION_MS)
        return await self._drop_values(names.pattern(pattern), batch, progress)

    async def _drop_values(self, pattern: str, batch: int, progress: Callable[[int], None]) -> int:
        dropped, walk = 0, self._link.scan(pattern, batch)
        while keys := await self._link.more(walk, batch):
            dropped += await self._link.unlink(keys)
            progress(dropped)
        return dropped

    async def _may_probe(self) -> bool:
        """Return whether this caller may try; debts are paid first, so that nothing older than one of them is read."""
        if not self.breaker.allows():
            return False
        try:
            await self._deliver()
        except FAILURES as error:
            self._failed(error)
            return False
        return True

    async def _deliver(self) -> None:
        generations, pairs = self._owed.take()
        try:
            if generations:
                await self._link.unlink(generations)
            if pairs:
                await self._forget(pairs)
        except BaseException:
            self._owed.add(generations, pairs)
            raise

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        unreachable = isinstance(error, _UNREACHABLE)
        # A pool that is used up says that we are busy, nothing about Redis.
        if unreachable and not isinstance(error, MaxConnectionsError):
            if self.breaker.failed():
                logger.warning("Redis does not answer (%s); the cache is bypassed until it does", type(error).__name__)
        elif self.errors < 10 or self.errors % 1000 == 0:
            logger.warning("Redis refused a command of the cache: %s: %s", type(error).__name__, error)

    def _recovered(self) -> None:
        if self.breaker.succeeded():
            logger.info("Redis answers again; the cache is in use")
