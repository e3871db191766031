"""A run's lease: the same work on the same target never overlaps, and a crashed run keeps others out for a minute.

It saves work and guards nothing: whatever changes a database holds an advisory lock on the session that does it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

import redis
from redis.exceptions import LockError, RedisError

from celeriac.errors import CeleriacError

logger = logging.getLogger(__name__)


class LeaseLost(CeleriacError):
    """The lease {name} was lost while running, as when Redis restarts; the run stops between two steps."""


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else runs this now."""

    holder: str


@dataclass(slots=True)
class Lease:
    """Our right to run, renewed until the block ends."""

    name: str
    lost: Event = field(default_factory=Event)

    def check(self) -> None:
        """Raise LeaseLost where another run may have begun."""
        if self.lost.is_set():
            raise LeaseLost(name=self.name)


@contextmanager
def lease(client: redis.Redis, name: str, holder: str, length: timedelta) -> Iterator[Lease | Held]:
    """Hold the lease `name` for the block, renewed at a quarter of its length; yields Held where somebody has it.

    `holder` is what the others are told. The same holder, a message delivered again, does not get in either.
    """
    # thread_local=False: the renewing thread must own the same token.
    lock = client.lock(name, timeout=length.total_seconds(), blocking=False, thread_local=False)
    if not lock.acquire(token=holder):
        yield Held(holder=str(client.get(name) or "unknown"))
        return
    ours, ended = Lease(name), Event()
    renewal = Thread(target=_renew, args=(lock, ours, ended, length.total_seconds() / 4), daemon=True, name=name)
    renewal.start()
    try:
        yield ours
    finally:
        ended.set()
        renewal.join()
        _release(lock)


def _renew(lock: "redis.lock.Lock", ours: Lease, ended: Event, every_s: float) -> None:
    while not ended.wait(every_s):
        try:
            lock.reacquire()
        except LockError:
            logger.warning("lease %s was lost", ours.name)
            ours.lost.set()
            return
        except RedisError as error:  # it may come back before the lease runs out
            logger.warning("lease %s could not be renewed: %s", ours.name, type(error).__name__)


def _release(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except LockError:
        pass  # it has run out, or is another's by now
    except RedisError as error:
        logger.warning("a lease could not be released and will run out by itself: %s", type(error).__name__)
