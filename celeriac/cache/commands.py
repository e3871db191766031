"""What the cache asks of Redis, as values: every client runs the same ones.

On one server a command holds all the keys that must agree at one moment. In a cluster an entry shares a slot with its
lock and its list, and nothing else: its generations are learnt before the lock is taken, which is as safe, since a
generation that is dropped in between only makes the result unreadable.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from celeriac.cache.envelope import TOKEN_BYTES, Sealed
from celeriac.cache.keys import Names
from celeriac.cache.scripts import BEGIN, COMPLETE, COUNT, FORGET, LEARN, RENEW, VOID, VOUCH, WRITE, Script

Mode = Literal["wait", "try", "force"]
"""Wait for another's computation, leave it to the other, or take it over."""

MIN_GENERATION_MS = 86_400_000
"""A generation outlives what stands under it; one that is missing makes all of it unreadable, which is safe."""

STATISTICS_KEPT_MS = RUN_KEPT_MS = 90 * 86_400_000


class Place(NamedTuple):
    """Where one entry lives."""

    names: Names
    key: str
    tags: tuple[str, ...]

    @property
    def value(self) -> str:
        """The key of the entry."""
        return self.names.value + self.key + self.names.end

    @property
    def lock(self) -> str:
        """The key of the lock on its computation."""
        return self.names.lock + self.key + self.names.end

    @property
    def wake(self) -> str:
        """The key of the list that wakes those who wait for it."""
        return self.names.wake + self.key + self.names.end

    @property
    def generations(self) -> list[str]:
        """The keys of the generations it stands under."""
        return [self.names.generation, *map(self.names.tag, self.tags)]


class Command(NamedTuple):
    """One script call."""

    script: Script
    keys: list[str]
    arguments: list[str | bytes | int]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to compute one entry, and what held when it was given."""

    place: Place
    token: bytes
    barrier: bytes
    present: bytes
    """The entry as it stood when the right was given: another may have computed it since the caller looked."""
    generations: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """Another computes the entry; its lock expires in `expires_s` unless it is renewed."""

    expires_s: float


def begin(place: Place, token: bytes, lock_ms: int, ttl_ms: int, mode: Mode) -> Command:
    """Ask for the computation of an entry."""
    keys = [place.lock, place.value]
    if not place.names.end:
        keys += [place.names.barrier, *place.generations]
    return Command(BEGIN, keys, [token, lock_ms, fresh_token(), generation_ms(ttl_ms), mode])


def begun(place: Place, token: bytes, answer: Sequence[bytes | int], generations: bytes | None = None) -> Claim | Held:
    """Read the answer to `begin`; `generations` are those that were learnt before it."""
    if answer[0] == 0:
        return Held(max(0, int(answer[1])) / 1000)
    present, *marks = [bytes(part) for part in answer[1:]]
    if generations is not None:
        return Claim(place, token, b"", present, generations)
    return Claim(place, token, marks[0], present, b"".join(marks[1:]))


def complete(claim: Claim, sealed: Sealed | None, ttl_ms: int) -> Command:
    """End a computation; None where it brought nothing to store."""
    place = claim.place
    envelope = b"" if sealed is None else sealed.with_tokens(claim.generations)
    keys = [place.lock, place.wake, place.value]
    if not place.names.end:
        keys += [place.names.barrier, *place.generations]
    return Command(COMPLETE, keys, [claim.token, envelope, ttl_ms, claim.barrier])


def write(names: Names, tags: tuple[str, ...], items: Iterable[tuple[str, Sealed, int]]) -> Command:
    """Store (key, envelope, ttl in ms) items under the same tags."""
    generations = Place(names, "", tags).generations
    keys = [*generations]
    arguments: list[str | bytes | int] = []
    longest_ms = 0
    for key, sealed, ttl_ms in items:
        keys += [names.value + key, names.lock + key]
        arguments += [sealed.head, sealed.rest, ttl_ms]
        longest_ms = max(longest_ms, ttl_ms)
    return Command(WRITE, keys, [len(generations), fresh_token(), generation_ms(longest_ms), *arguments])


def write_apart(names: Names, tokens: bytes, key: str, sealed: Sealed, ttl_ms: int) -> Command:
    """Store one item in a cluster, under generations that were learnt before."""
    place = Place(names, key, ())
    return Command(WRITE, [place.value, place.lock], [0, "", 0, sealed.head + tokens, sealed.rest, ttl_ms])


def learn(generation: str, ttl_ms: int) -> Command:
    """Learn a generation in a cluster."""
    return Command(LEARN, [generation], [fresh_token(), generation_ms(ttl_ms)])


def forget(pairs: Iterable[tuple[str, str]]) -> Command:
    """Drop the values of (value, lock) keys."""
    return Command(FORGET, [key for pair in pairs for key in pair], [])


def void(lock: str) -> Command:
    """Refuse the result of the computation under a lock."""
    return Command(VOID, [lock], [])


def renew(tokens_by_lock: Mapping[str, bytes], lock_ms: int) -> Command:
    """Keep the locks of running computations."""
    return Command(RENEW, [*tokens_by_lock], [lock_ms, *tokens_by_lock.values()])


def count(key: str, fields: Mapping[str, int]) -> Command:
    """Add to the counters of all processes."""
    return Command(COUNT, [key], [STATISTICS_KEPT_MS, *[part for field in fields.items() for part in field]])


def vouch(prefix: str, run: bytes) -> Command:
    """Drop all generations where the server is not the run that the cache was used on."""
    return Command(VOUCH, [f"{prefix}:r"], [run, RUN_KEPT_MS, f"{prefix}:g:*", f"{prefix}:t:*"])


def generation_ms(ttl_ms: int) -> int:
    """Return how long a generation must live above entries of this lifetime."""
    return max(MIN_GENERATION_MS, 4 * ttl_ms)


def fresh_token() -> bytes:
    """Return a generation, barrier or lock token that was never used before."""
    return os.urandom(TOKEN_BYTES)
