"""Every word the cache exchanges with Redis: one place that turns a failure into "not now" and minds the breaker."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import partial
from itertools import islice
from typing import Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MaxConnectionsError, NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from celeriac.cache import commands
from celeriac.cache.breaker import Breaker
from celeriac.cache.commands import Command
from celeriac.cache.errors import ClientDecodes, ClientUnsupported
from celeriac.cache.keys import Names
from celeriac.cache.policy import CachePolicy
from celeriac.cache.wire import Wire

logger = logging.getLogger("celeriac.cache")


class Away(Enum):
    """Redis did not answer, or was not asked because it did not answer a moment ago."""

    AWAY = "away"


AWAY: Final = Away.AWAY

STATISTICS_KEPT_S = 90 * 86_400

_SLICE_SHARE = 0.6
"""A blocking command must end well before the socket's time-out, or the client would call a wait a failure."""


class Store:
    """A Redis client that answers, or says AWAY at once."""

    def __init__(self, client: "Redis", policy: CachePolicy) -> None:
        if not isinstance(client, Redis):
            raise ClientUnsupported(kind=type(client).__name__)
        options = client.connection_pool.connection_kwargs
        if options.get("decode_responses"):
            raise ClientDecodes
        self.breaker = Breaker(policy.breaker_window_s)
        self.errors = 0
        self._client = client
        self._wire = Wire(client)
        self._slice_s = _SLICE_SHARE * (options.get("socket_timeout") or 5.0)
        self._owed = _Owed(policy.max_owed)

    def read(self, keys: list[str]) -> list[bytes | None] | Away:
        """Fetch keys in one round trip; the path of every hit."""
        if not self.breaker.closed and not self._may_probe():
            return AWAY
        try:
            values = self._wire.mget(keys)
        except RedisError as error:
            self._failed(error)
            return AWAY
        if not self.breaker.closed:
            self._recovered()
        return values

    def reset(self) -> None:
        """Begin anew in a forked child: a lock that another thread held at that moment would stay held."""
        self.breaker.reset()
        self._owed = _Owed(self._owed.most)

    def close(self) -> None:
        """Give the connections that are kept at hand back to the client's pool."""
        self._wire.close()

    def run(self, command: Command) -> Any:
        """Run a script, or return AWAY."""
        return self.ask(lambda: self._evaluate(command))

    def ask(self, question: Callable[[], Any]) -> Any:
        """Return what a call to Redis returns, or AWAY."""
        if not self.breaker.closed and not self._may_probe():
            return AWAY
        try:
            answer = question()
        except RedisError as error:
            self._failed(error)
            return AWAY
        if not self.breaker.closed:
            self._recovered()
        return answer

    def wait(self, wake: str, seconds: float) -> bool:
        """Sleep until the list `wake` is pushed to; return False where that did not happen or Redis is away."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            answer = self.ask(partial(self._client.blpop, [wake], timeout=min(left, self._slice_s)))
            if answer is AWAY:
                return False
            if answer is not None:
                return True
        return False

    def drop_generations(self, generations: list[str]) -> bool:
        """Make everything under these generations unreadable; where Redis is away, as soon as it is back."""
        if self.ask(lambda: self._client.unlink(*generations)) is not AWAY:
            return True
        self._owed.add(generations, [])
        return False

    def forget(self, names: Names, keys: list[str]) -> int | Away:
        """Drop single entries; where Redis is away, as soon as it is back."""
        pairs = [(names.value + key, names.lock + key) for key in keys]
        answer: int | Away = self.run(commands.forget(pairs))
        if answer is AWAY and not self._owed.add([], pairs):
            # Too many to remember one by one: the namespace as a whole is the smaller debt.
            self._owed.add([names.generation], [])
        return answer

    def drop_matching(self, names: Names, pattern: str, batch: int, progress: Callable[[int], None]) -> int | Away:
        """Drop values by pattern, telling `progress` the number so far; where Redis is away, the namespace is owed."""

        def drop() -> int:
            # A computation under way has no value yet that a scan could find: the barrier refuses its result.
            self._client.set(names.barrier, commands.fresh_token(), px=commands.MIN_GENERATION_MS)
            dropped = 0
            for keys in _batches(self._client.scan_iter(match=names.pattern(pattern), count=batch), batch):
                dropped += self._client.unlink(*keys)
                progress(dropped)
            return dropped

        answer: int | Away = self.ask(drop)
        if answer is AWAY:
            # What a scan would find cannot be known now: the namespace as a whole is owed instead.
            self._owed.add([names.generation], [])
        return answer

    def add_statistics(self, key: str, fields: Mapping[str, int]) -> bool:
        """Add to the counters of all processes; return False where that surely did not happen."""
        if not self.breaker.closed and not self._may_probe():
            return False
        pipeline = self._client.pipeline(transaction=True)
        for field, amount in fields.items():
            pipeline.hincrby(key, field, amount)
        pipeline.expire(key, STATISTICS_KEPT_S)
        try:
            pipeline.execute()
        except RedisError as error:
            self._failed(error)
            # A silent server has the commands in its socket and will run them when it wakes: do not count twice.
            return isinstance(error, RedisTimeoutError)
        if not self.breaker.closed:
            self._recovered()
        return True

    def statistics(self, key: str) -> dict[bytes, bytes] | Away:
        """Read the counters of all processes."""
        answer: dict[bytes, bytes] | Away = self.ask(lambda: self._client.hgetall(key))
        return answer

    def clear_statistics(self, key: str) -> bool:
        """Drop the counters of all processes."""
        return self.ask(lambda: self._client.unlink(key)) is not AWAY

    def pay(self) -> None:
        """Deliver the invalidations that Redis could not be told before."""
        if self._owed and self.breaker.closed:
            self.ask(self._deliver)

    def _evaluate(self, command: Command) -> Any:
        script, keys, arguments = command
        try:
            return self._client.evalsha(script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return self._client.eval(script.text, len(keys), *keys, *arguments)

    def _may_probe(self) -> bool:
        """Return whether this caller may try; debts are paid first, so that nothing older than one of them is read."""
        if not self.breaker.allows():
            return False
        try:
            self._deliver()
        except RedisError as error:
            self._failed(error)
            return False
        return True

    def _deliver(self) -> None:
        generations, pairs = self._owed.take()
        try:
            if generations:
                self._client.unlink(*generations)
            if pairs:
                self._evaluate(commands.forget(pairs))
        except RedisError:
            self._owed.add(generations, pairs)
            raise

    def _failed(self, error: RedisError) -> None:
        self.errors += 1
        unreachable = isinstance(error, RedisConnectionError | RedisTimeoutError)
        # A pool that is used up says that we are busy, nothing about Redis.
        if unreachable and not isinstance(error, MaxConnectionsError):
            if self.breaker.failed():
                logger.warning("Redis does not answer (%s); the cache is bypassed until it does", type(error).__name__)
        elif self.errors < 10 or self.errors % 1000 == 0:
            logger.warning("Redis refused a command of the cache: %s: %s", type(error).__name__, error)

    def _recovered(self) -> None:
        if self.breaker.succeeded():
            logger.info("Redis answers again; the cache is in use")


class _Owed:
    """Invalidations that Redis could not be told yet."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._generations: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._generations or self._pairs)

    def add(self, generations: list[str], pairs: list[tuple[str, str]]) -> bool:
        """Remember; return False where there is no room for the pairs. Generations always have: they are few names."""
        with self._lock:
            self._generations.update(generations)
            if len(self._pairs) + len(pairs) > self.most:
                return False
            self._pairs.update(pairs)
            return True

    def take(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Return all of it and forget it."""
        if not self:
            return [], []
        with self._lock:
            generations, pairs = [*self._generations], [*self._pairs]
            self._generations.clear()
            self._pairs.clear()
            return generations, pairs


def _batches(keys: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    remaining = iter(keys)
    while batch := [*islice(remaining, size)]:
        yield batch
