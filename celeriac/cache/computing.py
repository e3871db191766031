"""One computation of an entry among all threads, tasks and processes, and what the others do meanwhile.

In a process the first caller flies and the others wait for it to land; among processes the one that holds the lock
computes and the others sleep in BLPOP until it pushes one element for each of them. A crashed holder stops renewing
its lock, which then expires; a slow one keeps it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from celeriac.cache import commands
from celeriac.cache.commands import Claim, Held, Place
from celeriac.cache.flight import Flight, Flights
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.pulse import Pulse
from celeriac.cache.reading import Look, Reader
from celeriac.cache.runners import Runner
from celeriac.cache.space import Space
from celeriac.cache.store import AWAY, Away, Store
from celeriac.cache.tier import Tier
from celeriac.cache.values import decode, encode
from celeriac.cache.writing import Writer

logger = logging.getLogger("celeriac.cache")


class Wanted(NamedTuple):
    """An entry to serve, and how it is computed where it is missing."""

    space: Space
    place: Place
    compute: Callable[[], Any]
    lifetime: Lifetime


class Parts(NamedTuple):
    """What a computer works with."""

    store: Store
    reader: Reader
    writer: Writer
    tier: Tier
    pulse: Pulse
    runner: Runner


_UNWANTED = Look("expired", expires_s=math.inf)
"""No entry that is there, however new, replaces the computation."""


class Computer:
    """Computes entries, each once."""

    def __init__(self, parts: Parts, policy: CachePolicy) -> None:
        self._store, self._reader, self._writer, self._tier, self._pulse, self._runner = parts
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child or another event loop."""
        self._flights = Flights()
        self._refreshing: set[str] = set()
        self._refreshing_lock = threading.Lock()

    async def serve(self, wanted: Wanted) -> Any:
        """Return the entry, else compute it or wait for whoever does."""
        look = await self._reader.look(wanted.space, wanted.place, wanted.lifetime)
        if look.freshness == "fresh":
            return look.value
        if look.freshness == "early":
            return await self._refresh(wanted, look)
        if look.freshness == "stale":
            self._refresh_behind(wanted, look)
            return look.value
        return await self.once_here(wanted, look)

    async def renew(self, wanted: Wanted) -> Any:
        """Compute and store now, whatever is cached and whoever else computes."""
        claim = await self._claim(wanted, "force")
        if isinstance(claim, Claim):
            return decode(await self._fulfil(wanted, claim, _UNWANTED))
        return decode(await self._alone(wanted))

    async def once_here(self, wanted: Wanted, look: Look) -> Any:
        """Compute by one caller of this process."""
        runner, key, deadline_s = self._runner, wanted.place.value, time.monotonic() + self._policy.wait_s
        while True:
            flight, leads = self._flights.join(key, Flight(runner.caller(), runner.event()))
            if leads:
                return await self._fly(wanted, look, flight)
            # A function that needs its own value would wait for itself; one that hangs must not hang the others.
            if flight.caller == runner.caller() or not await runner.wait(flight.landed, deadline_s - time.monotonic()):
                return decode(await self._alone(wanted))
            if flight.error is not None:
                raise flight.error
            if flight.encoded is not None and flight.serves(look.began_ns):
                return decode(flight.encoded)
            if not flight.stored:
                return decode(await self._alone(wanted))
            # The flight's value may have been invalidated before this call began: look again.
            look = await self._reader.look(wanted.space, wanted.place, wanted.lifetime)
            if look.serves:
                return look.value

    async def _fly(self, wanted: Wanted, look: Look, flight: Flight) -> Any:
        try:
            return await self._once_anywhere(wanted, look, flight)
        except Exception as error:
            flight.error = error
            raise
        finally:
            self._flights.land(wanted.place.value, flight)

    async def _once_anywhere(self, wanted: Wanted, look: Look, flight: Flight) -> Any:
        """Compute in one process."""
        deadline_s = time.monotonic() + self._policy.wait_s
        while True:
            asked_ns = time.perf_counter_ns()
            claim = await self._claim(wanted, "wait")
            if isinstance(claim, Claim):
                encoded = await self._fulfil(wanted, claim, look, flight)
                if not look.rescues:
                    flight.bring(encoded, asked_ns)
                return decode(encoded)
            if claim is AWAY:
                encoded = await self._alone(wanted)
                if self._store.breaker.closed:
                    flight.stored = False  # Redis answers and takes no more: it may still be told of invalidations
                else:
                    flight.share(encoded)
                return decode(encoded)
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return decode(await self._alone(wanted))
            wanted.space.tally.add(waits=1)
            await self._store.wait(wanted.place.wake, min(claim.expires_s + 0.01, left_s))
            look = await self._reader.look(wanted.space, wanted.place, wanted.lifetime)
            if look.serves:
                flight.bring(encode(look.value), look.began_ns)
                return look.value

    async def _claim(self, wanted: Wanted, mode: commands.Mode) -> Claim | Held | Away:
        lock_ms, kept_ms = int(self._policy.lock_s * 1000), int(wanted.lifetime.kept_s * 1000)
        return await self._store.begin(wanted.place, commands.fresh_token(), lock_ms, kept_ms, mode)

    async def _fulfil(self, wanted: Wanted, claim: Claim, seen: Look, flight: Flight | None = None) -> bytes:
        """Compute, store and wake the others; `seen` is what the caller saw before it asked for the claim."""
        sealed, ttl_ms = None, 1
        self._pulse.hold(wanted.place.lock, claim.token)
        try:
            newer = self._reader.newer(claim, seen)
            if newer.serves:
                return encode(newer.value)
            encoded, compute_ms = await self._computed(wanted)
            sealed, ttl_ms = self._writer.seal(wanted.space, encoded, wanted.place.tags, wanted.lifetime, compute_ms)
            if flight is not None:
                flight.stored = sealed is not None
            return encoded
        except Exception as error:
            if not seen.rescues:
                raise
            logger.warning("%s could not be refreshed (%r); the old entry serves on", wanted.place.value, error)
            wanted.space.tally.add(errors=1, stale_hits=1)
            return encode(seen.value)
        finally:
            self._pulse.release(wanted.place.lock, claim.token)
            if await self._store.complete(claim, sealed, ttl_ms):
                wanted.space.tally.add(sets=1)
            self._tier.drop([wanted.place.value])

    async def _computed(self, wanted: Wanted) -> tuple[bytes, float]:
        began_s = time.perf_counter()
        encoded = encode(await self._runner.call(wanted.compute))
        compute_ms = (time.perf_counter() - began_s) * 1000
        wanted.space.tally.add(computations=1, compute_us=int(compute_ms * 1000))
        return encoded, compute_ms

    async def _alone(self, wanted: Wanted) -> bytes:
        """Call the function as if there were no cache; its value comes in the form that the cache would give it."""
        return (await self._computed(wanted))[0]

    async def _refresh(self, wanted: Wanted, look: Look) -> Any:
        """Compute anew unless another already does; whatever happens, there is a value to return."""
        claim = await self._claim(wanted, "try")
        if not isinstance(claim, Claim):
            return look.value
        wanted.space.tally.add(refreshes=1)
        return decode(await self._fulfil(wanted, claim, look))

    def _refresh_behind(self, wanted: Wanted, look: Look) -> None:
        key = wanted.place.value
        with self._refreshing_lock:
            if key in self._refreshing or len(self._refreshing) >= 2 * self._policy.refresh_threads:
                return
            self._refreshing.add(key)

        async def refresh() -> None:
            try:
                await self._refresh(wanted, look)
            finally:
                with self._refreshing_lock:
                    self._refreshing.discard(key)

        self._runner.behind(refresh)
