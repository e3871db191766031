"""One computation of an entry among all threads and processes, and what the others do meanwhile.

In a process the first thread flies and the others wait for it to land; among processes the one that holds the lock
computes and the others sleep in BLPOP until it pushes one element for each of them. A crashed holder stops renewing
its lock, which then expires; a slow one keeps it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from celeriac.cache import commands
from celeriac.cache.commands import Claim, Held, Place
from celeriac.cache.flight import Flight, Flights
from celeriac.cache.policy import CachePolicy, Lifetime
from celeriac.cache.pulse import Pulse
from celeriac.cache.reading import Look, Reader
from celeriac.cache.space import Space
from celeriac.cache.store import AWAY, Away, Store
from celeriac.cache.values import decode, encode
from celeriac.cache.writing import Writer

logger = logging.getLogger("celeriac.cache")


class Wanted(NamedTuple):
    """An entry to serve, and how it is computed where it is missing."""

    space: Space
    place: Place
    compute: Callable[[], Any]
    lifetime: Lifetime


_UNWANTED = Look("expired", expires_s=math.inf)
"""No entry that is there, however new, replaces the computation."""


class Computer:
    """Computes entries, each once."""

    def __init__(self, store: Store, reader: Reader, writer: Writer, pulse: Pulse, policy: CachePolicy) -> None:
        self._store = store
        self._reader = reader
        self._writer = writer
        self._pulse = pulse
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """Begin anew in a forked child, whose parent's threads are not there."""
        self._flights = Flights()
        self._refreshing: set[str] = set()
        self._refreshing_lock = threading.Lock()
        self._executor = ThreadPoolExecutor(self._policy.refresh_threads, thread_name_prefix="celeriac-cache-refresh")

    def close(self) -> None:
        """Let the background refreshes end."""
        self._executor.shutdown(wait=True)
        self.reset()

    def serve(self, wanted: Wanted) -> Any:
        """Return the entry, else compute it or wait for whoever does."""
        look = self._reader.look(wanted.space, wanted.place, wanted.lifetime)
        if look.freshness == "fresh":
            return look.value
        if look.freshness == "early":
            return self._refresh(wanted, look)
        if look.freshness == "stale":
            self._refresh_behind(wanted, look)
            return look.value
        return self._once_here(wanted, look)

    def renew(self, wanted: Wanted) -> Any:
        """Compute and store now, whatever is cached and whoever else computes."""
        claim = self._claim(wanted, "force")
        return self._fulfil(wanted, claim, _UNWANTED) if isinstance(claim, Claim) else self._alone(wanted)

    def _once_here(self, wanted: Wanted, look: Look) -> Any:
        """Compute in one thread of this process."""
        deadline_s = time.monotonic() + self._policy.wait_s
        key = wanted.place.value
        while True:
            flight, leads = self._flights.join(key)
            if leads:
                try:
                    return self._once_anywhere(wanted, look, flight)
                except Exception as error:
                    flight.error = error
                    raise
                finally:
                    self._flights.land(key, flight)
            # A function that needs its own value would wait for itself; one that hangs must not hang the others.
            if flight.thread == threading.get_ident() or not flight.wait(deadline_s - time.monotonic()):
                return self._alone(wanted)
            if flight.error is not None:
                raise flight.error
            if flight.shared:
                return flight.value
            if not flight.stored:
                return self._alone(wanted)
            # Look again rather than take the flight's value: it may have been invalidated before this call began.
            look = self._reader.look(wanted.space, wanted.place, wanted.lifetime)
            if look.serves:
                return look.value

    def _once_anywhere(self, wanted: Wanted, look: Look, flight: Flight) -> Any:
        """Compute in one process."""
        deadline_s = time.monotonic() + self._policy.wait_s
        while True:
            claim = self._claim(wanted, "wait")
            if isinstance(claim, Claim):
                return self._fulfil(wanted, claim, look, flight)
            if claim is AWAY:
                value = self._alone(wanted)
                if self._store.breaker.closed:
                    flight.stored = False  # Redis answers and takes no more: it may still be told of invalidations
                else:
                    flight.share(value)
                return value
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return self._alone(wanted)
            wanted.space.tally.add(waits=1)
            self._store.wait(wanted.place.wake, min(claim.expires_s + 0.01, left_s))
            look = self._reader.look(wanted.space, wanted.place, wanted.lifetime)
            if look.serves:
                return look.value

    def _claim(self, wanted: Wanted, mode: commands.Mode) -> Claim | Held | Away:
        token = commands.fresh_token()
        lock_ms, kept_ms = int(self._policy.lock_s * 1000), int(wanted.lifetime.kept_s * 1000)
        answer = self._store.run(commands.begin(wanted.place, token, lock_ms, kept_ms, mode))
        return AWAY if answer is AWAY else commands.begun(wanted.place, token, answer)

    def _fulfil(self, wanted: Wanted, claim: Claim, seen: Look, flight: Flight | None = None) -> Any:
        """Compute, store and wake the others; `seen` is what the caller saw before it asked for the claim."""
        tally, sealed, ttl_ms = wanted.space.tally, None, 1
        self._pulse.hold(wanted.place.lock, claim.token)
        try:
            newer = self._reader.newer(claim, seen)
            if newer.serves:
                return newer.value
            began_s = time.perf_counter()
            encoded = encode(wanted.compute())
            compute_ms = (time.perf_counter() - began_s) * 1000
            tally.add(computations=1, compute_us=int(compute_ms * 1000))
            sealed, ttl_ms = self._writer.seal(wanted.space, encoded, wanted.place.tags, wanted.lifetime, compute_ms)
            if flight is not None:
                flight.stored = sealed is not None
            return decode(encoded)
        except Exception as error:
            if not seen.rescues:
                raise
            logger.warning("%s could not be refreshed (%r); the old entry serves on", wanted.place.value, error)
            tally.add(errors=1, stale_hits=1)
            return seen.value
        finally:
            self._pulse.release(wanted.place.lock, claim.token)
            if self._store.run(commands.complete(claim, sealed, ttl_ms)) == 1:
                tally.add(sets=1)

    def _alone(self, wanted: Wanted) -> Any:
        """Call the function as if there were no cache; its value comes in the form that the cache would give it."""
        wanted.space.tally.add(computations=1)
        return decode(encode(wanted.compute()))

    def _refresh(self, wanted: Wanted, look: Look) -> Any:
        """Compute anew unless another already does; whatever happens, there is a value to return."""
        claim = self._claim(wanted, "try")
        if not isinstance(claim, Claim):
            return look.value
        wanted.space.tally.add(refreshes=1)
        return self._fulfil(wanted, claim, look)

    def _refresh_behind(self, wanted: Wanted, look: Look) -> None:
        key = wanted.place.value
        with self._refreshing_lock:
            if key in self._refreshing or len(self._refreshing) >= 2 * self._policy.refresh_threads:
                return
            self._refreshing.add(key)

        def refresh() -> None:
            try:
                self._refresh(wanted, look)
            finally:
                with self._refreshing_lock:
                    self._refreshing.discard(key)

        self._executor.submit(refresh)
