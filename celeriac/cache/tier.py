"""The in-process tier: values of a few hot keys beside the caller, bounded in number, bytes and age.

A value may be handed out for `bound_s` after it was read. Where the server tells of every change (`tracking`) it may be
for longer: as long as the connection that hears of changes was seen alive less than `bound_s` ago. So in no case is a
value handed out that was replaced or invalidated more than `bound_s` ago, and as a rule for milliseconds only.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from celeriac.cache.freshness import judge
from celeriac.cache.policy import Lifetime, LocalPolicy

ENTRY_BYTES = 600
"""What an entry costs beside its value: measured, with its key and its places in the indexes."""

MOST_CHANGES = 10_000
"""Changes that are remembered; with more, whoever is reading at that moment keeps nothing."""


class Kept(NamedTuple):
    """A value, still encoded: every caller gets one of its own, and may change it."""

    encoded: bytes
    generations: tuple[str, ...]
    bound_until_s: float
    """Until then it is handed out even where nothing tells of changes."""
    sure_until_s: float
    """Until then it is too far from its end for an early refresh."""
    expires_s: float
    compute_ms: float


class Tier:
    """Values by the name of their key in Redis."""

    def __init__(self, policy: LocalPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self.used = False
        """Whether anything may ever be kept: a process that keeps nothing need not note its own changes."""
        self.evictions = 0
        self.lease_until_s = 0.0
        """Until then every change is known to have been heard of."""
        self._policy = policy
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Begin empty, in a forked child."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._under: dict[str, set[str]] = {}
        self._bytes = 0
        self._changes = 0
        self._changed: dict[str, int] = {}
        self._forgotten = 0
        self.lease_until_s = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_bytes(self) -> int:
        """What it holds."""
        return self._bytes

    def find(self, key: str, lifetime: Lifetime) -> Kept | None:
        """Return the value of a key if it may be handed out now; without a lock, each step being atomic by itself."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        now_s = self._clock()
        if now_s >= kept.bound_until_s and now_s >= self.lease_until_s:
            return None
        if now_s >= kept.sure_until_s and judge(time.time(), kept.expires_s, kept.compute_ms, lifetime) != "fresh":
            return None
        try:
            self._kept.move_to_end(key)
        except KeyError:  # dropped this moment: it was still there when the caller asked
            return None
        return kept

    def ticket(self) -> int:
        """Return what `keep` needs to know, before Redis is asked: what changed since must not be kept."""
        return self._changes

    def keep(
        self, ticket: int, key: str, encoded: bytes, generations: Iterable[str], sure_s: float, end: tuple[float, float]
    ) -> bool:
        """Keep a value read since the ticket unless it changed meanwhile; `end` is when it expires and what it cost."""
        size = len(encoded) + ENTRY_BYTES
        names = tuple(generations)
        if size > self._policy.max_bytes:
            return False
        now_s = self._clock()
        with self._lock:
            if ticket < self._forgotten or any(self._changed.get(name, 0) > ticket for name in (key, *names)):
                return False
            self._drop(key)
            self._kept[key] = Kept(encoded, names, now_s + self._policy.bound_s, now_s + sure_s, *end)
            self._bytes += size
            for name in names:
                self._under.setdefault(name, set()).add(key)
            while self._bytes > self._policy.max_bytes or len(self._kept) > self._policy.max_entries:
                self._drop(next(iter(self._kept)))
                self.evictions += 1
        return True

    def drop(self, names: Iterable[str]) -> None:
        """Drop values by their keys, and all values under generations by theirs."""
        if not self.used:
            return
        with self._lock:
            self._changes += 1
            for name in names:
                self._changed[name] = self._changes
                self._drop(name)
                for key in [*self._under.get(name, ())]:
                    self._drop(key)
            if len(self._changed) > MOST_CHANGES:
                self._forget_changes()

    def drop_all(self) -> None:
        """Drop everything, since all of it was dropped in Redis."""
        with self._lock:
            self._changes += 1
            self._kept.clear()
            self._under.clear()
            self._bytes = 0
            self._forget_changes()

    def flush(self) -> None:
        """Drop everything: it is no longer known what has changed."""
        self.lease_until_s = 0.0
        self.drop_all()

    def _forget_changes(self) -> None:
        self._changed.clear()
        self._forgotten = self._changes

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        self._bytes -= len(kept.encoded) + ENTRY_BYTES
        for name in kept.generations:
            keys = self._under[name]
            keys.discard(key)
            if not keys:
                del self._under[name]
